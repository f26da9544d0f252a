using Microsoft.Extensions.Options;

namespace Datt.Paid.Accounts;

/// <summary>Limits of an account, section <c>Datt:Accounts</c>.</summary>
public sealed class AccountsOptions
{
    public const string Section = "Datt:Accounts";

    /// <summary>Keys of one account that are not revoked.</summary>
    public int MaximumKeys { get; set; } = 100;
}

public sealed class AccountsOptionsValidator : IValidateOptions<AccountsOptions>
{
    public ValidateOptionsResult Validate(string? name, AccountsOptions options) => options.MaximumKeys is >= 1 and <= 10_000
        ? ValidateOptionsResult.Success
        : ValidateOptionsResult.Fail("Datt:Accounts:MaximumKeys must be between 1 and 10000.");
}
