using Microsoft.Extensions.Options;

namespace Datt.Paid.Subscriptions;

public enum SearchAccess
{
    Paid,
    Free,
}

/// <summary>Who may search, from section <c>Datt:Search</c>.</summary>
public sealed class SearchAccessOptions
{
    public const string Section = "Datt:Search";

    public SearchAccess Access { get; set; } = SearchAccess.Paid;

    /// <summary>Searches a UTC day of an account without a subscription.</summary>
    public int FreeQueriesPerDay { get; set; }
}

public sealed class SearchAccessOptionsValidator : IValidateOptions<SearchAccessOptions>
{
    public ValidateOptionsResult Validate(string? name, SearchAccessOptions options)
    {
        var errors = new List<string>();
        if (!Enum.IsDefined(options.Access))
            errors.Add("Datt:Search:Access must be Paid or Free.");
        if (options.FreeQueriesPerDay is < 0 or > 1_000_000)
            errors.Add("Datt:Search:FreeQueriesPerDay must be between 0 and 1000000.");
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }
}
