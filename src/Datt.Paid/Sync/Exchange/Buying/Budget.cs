namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>Amounts of the budget: whole numbers of 1e-8, always rounded to what the budget loses.</summary>
public static class Budget
{
    private const decimal Scale = 100_000_000m;

    /// <summary>What satoshi are worth, rounded up.</summary>
    public static long UnitsOf(long sats, decimal satsPerUnit) => (long)decimal.Ceiling(sats / satsPerUnit * Scale);

    /// <summary>A bound of the settings, rounded down.</summary>
    public static long UnitsOf(decimal amount) => (long)decimal.Floor(amount * Scale);

    /// <summary>The amount as a decimal.</summary>
    public static decimal AmountOf(long units) => units / Scale;

    /// <summary>The highest fee for a payment: 2%, at least 5 satoshi, because routes ask for whole ones.</summary>
    public static long FeeOf(long sats) => Math.Max(5, (sats + 49) / 50);

    /// <summary>The most satoshi that a price stands for: two servers' rates differ by up to a tenth.</summary>
    public static long Fair(decimal amount, decimal satsPerUnit) => (long)decimal.Ceiling(amount * satsPerUnit * 1.1m);
}
