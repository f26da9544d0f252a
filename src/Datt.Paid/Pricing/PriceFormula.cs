namespace Datt.Paid.Pricing;

/// <summary>The four pricing models: pure, in decimal.</summary>
public static class PriceFormula
{
    /// <summary>
    /// Price of one month. <c>Flat</c>: base; <c>PerMillionRecords</c>: base + n * records/10^6; <c>Coverage</c>: base * ratio;
    /// <c>Tiers</c>: the first tier that holds the records. Clamped to minimum and maximum, then rounded half up to the minor unit.
    /// </summary>
    public static Money Monthly(PricingOptions options, Coverage coverage)
    {
        var raw = options.Model switch
        {
            PricingModel.Flat => options.Base,
            PricingModel.PerMillionRecords => options.Base + options.PerMillionRecords * coverage.Records / 1_000_000m,
            PricingModel.Coverage => options.Base * coverage.Ratio,
            PricingModel.Tiers => options.Tiers.First(t => t.UpToRecords is not { } limit || coverage.Records <= limit).Amount,
            _ => throw new ArgumentOutOfRangeException(nameof(options), options.Model, "Unknown pricing model."),
        };
        var clamped = Math.Clamp(raw, options.Minimum, options.Maximum);
        return Money.Of(Currencies.RoundToMinorUnit(clamped, options.Currency), options.Currency);
    }
}
