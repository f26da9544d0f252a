using Datt.Paid.Pricing;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.Rates;

/// <summary>
/// What one bitcoin is worth, for a provider that does not say it itself, section <c>Datt:Payments:Rates</c>. Not needed where prices are in
/// <c>SATS</c> or <c>BTC</c>.
/// </summary>
public sealed class RatesOptions
{
    public const string Section = "Datt:Payments:Rates";

    /// <summary>A rate that never changes, in units of <c>Datt:Pricing:Currency</c> for one bitcoin; instead of <see cref="Url"/>.</summary>
    public decimal Fixed { get; set; }

    /// <summary>Where a JSON document with the rate is fetched.</summary>
    public string Url { get; set; } = "";

    /// <summary>JSON pointer (RFC 6901) to the rate in the document, a number or a number as text.</summary>
    public string Path { get; set; } = "";

    /// <summary>A rate below this is not believed.</summary>
    public decimal Minimum { get; set; }

    /// <summary>A rate above this is not believed.</summary>
    public decimal Maximum { get; set; }

    /// <summary>How long a rate may be used after it was fetched, while no newer one can be had.</summary>
    public TimeSpan MaximumAge { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>A rate this young is not fetched anew.</summary>
    public TimeSpan Refresh { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>
    /// Largest change from one rate to the next, as a share of the former. A larger one is believed once it has held for
    /// <see cref="MaximumAge"/>; until then there is no rate as soon as the former is too old.
    /// </summary>
    public decimal MaximumJump { get; set; } = 0.1m;

    /// <summary>Whether there is any source.</summary>
    public bool IsSet => Fixed > 0 || Url.Length > 0;
}

/// <summary>Says everything that is wrong with <see cref="RatesOptions"/> at once.</summary>
public sealed class RatesOptionsValidator(IOptions<PaymentsOptions> payments, IOptions<PricingOptions> pricing) : IValidateOptions<RatesOptions>
{
    /// <summary>Largest rate that is taken: a bitcoin in the smallest currency there is.</summary>
    private const decimal Largest = 100_000_000_000m;

    public ValidateOptionsResult Validate(string? name, RatesOptions options)
    {
        var errors = Problems(options, IsNeeded()).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private bool IsNeeded()
    {
        try
        {
            return payments.Value.Provider == PaymentProviderKind.BitcoinCore && pricing.Value.Currency is not ("BTC" or "SATS");
        }
        catch (OptionsValidationException)
        {
            return false; // reported by the validators of those options
        }
    }

    private static IEnumerable<string> Problems(RatesOptions options, bool needed)
    {
        const string Section = RatesOptions.Section;
        if (needed && !options.IsSet)
        {
            yield return $"{Section}:Url or {Section}:Fixed is needed: a bitcoin node knows no rate. "
                + "Or set Datt:Pricing:Currency to SATS and the prices in satoshi.";
        }
        if (options.Fixed is < 0 or > Largest)
            yield return $"{Section}:Fixed must be between 0 (none) and {Largest}.";
        if (options.Fixed > 0 && options.Url.Length > 0)
            yield return $"{Section}:Fixed takes the place of {Section}:Url; set one or the other.";
        if (options.Url.Length > 0)
        {
            if (!Uri.TryCreate(options.Url, UriKind.Absolute, out var uri) || (uri.Scheme != Uri.UriSchemeHttps && uri.Scheme != Uri.UriSchemeHttp))
                yield return $"{Section}:Url must be an absolute http or https URL.";
            if (options.Minimum <= 0 || options.Maximum <= options.Minimum || options.Maximum > Largest)
                yield return $"{Section}:Minimum and {Section}:Maximum must bound the rate: more than 0, Minimum below Maximum, at most {Largest}.";
        }
        if (options.Path.Length > 0 && !options.Path.StartsWith('/'))
            yield return $"{Section}:Path must be a JSON pointer, such as /bitcoin/usd.";
        if (options.Refresh < TimeSpan.FromSeconds(1) || options.MaximumAge < options.Refresh || options.MaximumAge > TimeSpan.FromDays(1))
            yield return $"{Section}:Refresh must be at least 00:00:01, {Section}:MaximumAge at least that and at most 1.00:00:00.";
        if (options.MaximumJump is < 0.01m or > 10m)
            yield return $"{Section}:MaximumJump must be between 0.01 and 10.";
    }
}
