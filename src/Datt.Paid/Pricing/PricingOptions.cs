using System.Globalization;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Pricing;

/// <summary>How the price of a month follows from what the index covers.</summary>
public enum PricingModel
{
    Flat,
    PerMillionRecords,
    Coverage,
    Tiers,
}

/// <summary>A step of <see cref="PricingModel.Tiers"/>: the price while the index has at most so many records.</summary>
public sealed class PricingTier
{
    /// <summary>Inclusive; left out in the last tier, which is open.</summary>
    public long? UpToRecords { get; set; }

    public decimal Amount { get; set; }
}

/// <summary>The price of one month, section <c>Datt:Pricing</c>.</summary>
public sealed class PricingOptions
{
    public const string Section = "Datt:Pricing";

    public PricingModel Model { get; set; } = PricingModel.PerMillionRecords;

    public string Currency { get; set; } = "USD";

    public decimal Base { get; set; } = 0.25m;

    public decimal PerMillionRecords { get; set; } = 0.05m;

    public decimal Minimum { get; set; } = 0.05m;

    public decimal Maximum { get; set; } = 1.00m;

    public List<PricingTier> Tiers { get; set; } = [];

    /// <summary>What identifies these options: a price computed under other ones is replaced at the next start.</summary>
    internal string Fingerprint() => string.Join('|',
        Model, Currency, Text(Base), Text(PerMillionRecords), Text(Minimum), Text(Maximum),
        string.Join(',', Tiers.Select(t => $"{t.UpToRecords?.ToString(CultureInfo.InvariantCulture) ?? "*"}={Text(t.Amount)}")));

    private static string Text(decimal value) => value.ToString("0.##########", CultureInfo.InvariantCulture);
}

/// <summary>Says everything that is wrong with <see cref="PricingOptions"/> at once.</summary>
public sealed class PricingOptionsValidator : IValidateOptions<PricingOptions>
{
    /// <summary>Far above any month's price; keeps every product inside 64 bits.</summary>
    private const decimal Largest = 100_000_000m;

    public ValidateOptionsResult Validate(string? name, PricingOptions options)
    {
        var errors = Problems(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Problems(PricingOptions options)
    {
        if (!Enum.IsDefined(options.Model))
            yield return "Datt:Pricing:Model must be Flat, PerMillionRecords, Coverage or Tiers.";
        if (!Currencies.IsKnown(options.Currency))
        {
            yield return $"Datt:Pricing:Currency '{options.Currency}' is not a known currency; use an ISO 4217 code, BTC or SATS in upper case.";
            yield break;
        }
        var unit = 1m;
        for (var i = 0; i < Currencies.Decimals(options.Currency); i++)
            unit /= 10;
        foreach (var (key, value) in new[]
            { ("Base", options.Base), ("PerMillionRecords", options.PerMillionRecords), ("Minimum", options.Minimum), ("Maximum", options.Maximum) })
        {
            if (value is < 0 or > Largest)
                yield return $"Datt:Pricing:{key} must be between 0 and {Largest}.";
        }
        if (options.Minimum > options.Maximum)
            yield return "Datt:Pricing:Minimum must not be above Datt:Pricing:Maximum.";
        if (options.Minimum < unit)
            yield return $"Datt:Pricing:Minimum must be at least {unit} {options.Currency}: a price of nothing cannot be paid; use Datt:Search:Access=Free instead.";
        foreach (var (key, value) in new[] { ("Minimum", options.Minimum), ("Maximum", options.Maximum) })
        {
            if (value is >= 0 and <= Largest && Currencies.RoundToMinorUnit(value, options.Currency) != value)
                yield return $"Datt:Pricing:{key} has more decimals than {options.Currency} ({unit} is its smallest unit).";
        }
        if (options.Model == PricingModel.Tiers)
        {
            foreach (var problem in TierProblems(options.Tiers))
                yield return problem;
        }
    }

    private static IEnumerable<string> TierProblems(List<PricingTier> tiers)
    {
        if (tiers.Count is 0 or > 100)
        {
            yield return "Datt:Pricing:Tiers needs 1 to 100 tiers when the model is Tiers.";
            yield break;
        }
        long last = -1;
        for (var i = 0; i < tiers.Count; i++)
        {
            var tier = tiers[i];
            if (tier.Amount is < 0 or > Largest)
                yield return $"Datt:Pricing:Tiers:{i}:Amount must be between 0 and {Largest}.";
            if (i == tiers.Count - 1)
            {
                if (tier.UpToRecords is not null)
                    yield return $"Datt:Pricing:Tiers:{i}:UpToRecords must be left out: the last tier is open.";
            }
            else if (tier.UpToRecords is not { } limit)
                yield return $"Datt:Pricing:Tiers:{i}:UpToRecords is missing; only the last tier is open.";
            else if (limit <= last)
                yield return $"Datt:Pricing:Tiers:{i}:UpToRecords must be above the tier before it.";
            else
                last = limit;
        }
    }
}
