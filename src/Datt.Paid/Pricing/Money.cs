using System.Globalization;

namespace Datt.Paid.Pricing;

/// <summary>An amount of one currency as a whole number of 1e-8 units, so that sums are exact.</summary>
/// <param name="Units">Hundred-millionths of the currency; may be negative.</param>
/// <param name="Currency">ISO 4217 code, <c>BTC</c> or <c>SATS</c>, upper case.</param>
public readonly record struct Money(long Units, string Currency) : IComparable<Money>
{
    /// <summary>Units in one whole of a currency.</summary>
    public const long Scale = 100_000_000;

    public decimal Amount => (decimal)Units / Scale;

    public static Money Zero(string currency) => new(0, currency);

    /// <summary>Keeps eight decimals; what lies beyond is rounded half away from zero.</summary>
    /// <exception cref="OverflowException">The amount is beyond about 92 billion.</exception>
    public static Money Of(decimal amount, string currency) =>
        new(checked((long)Math.Round(amount * Scale, 0, MidpointRounding.AwayFromZero)), currency);

    public static Money operator +(Money a, Money b) => new(checked(a.Units + Same(a, b).Units), a.Currency);

    public static Money operator -(Money a, Money b) => new(checked(a.Units - Same(a, b).Units), a.Currency);

    public static Money operator -(Money a) => new(checked(-a.Units), a.Currency);

    public static Money operator *(Money a, int times) => new(checked(a.Units * times), a.Currency);

    public static bool operator <(Money a, Money b) => a.CompareTo(b) < 0;

    public static bool operator >(Money a, Money b) => a.CompareTo(b) > 0;

    public static bool operator <=(Money a, Money b) => a.CompareTo(b) <= 0;

    public static bool operator >=(Money a, Money b) => a.CompareTo(b) >= 0;

    /// <exception cref="InvalidOperationException">The currencies differ.</exception>
    public int CompareTo(Money other) => Units.CompareTo(Same(this, other).Units);

    /// <summary>The amount as a decimal string at the minor unit, for prices: <c>0.25</c>.</summary>
    public string ToPriceString() =>
        Currencies.RoundToMinorUnit(Amount, Currency).ToString("F" + Currencies.Decimals(Currency), CultureInfo.InvariantCulture);

    /// <summary>The amount with as many decimals as it has, but no fewer than the minor unit, for balances: <c>0.2508</c>, <c>0.20</c>.</summary>
    public string ToBalanceString()
    {
        var decimals = Currencies.Decimals(Currency);
        return Amount.ToString("0." + new string('0', decimals) + new string('#', 8 - decimals), CultureInfo.InvariantCulture);
    }

    public override string ToString() => $"{ToBalanceString()} {Currency}";

    private static Money Same(Money a, Money b) => a.Currency == b.Currency
        ? b
        : throw new InvalidOperationException($"An amount in {a.Currency} was combined with one in {b.Currency}.");
}
