namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary><c>Datt:Federation:Buying</c>: subscriptions at servers that serve their index to subscribers alone. Off unless switched on.</summary>
public sealed class BuyingSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Federation:Buying";

    public bool Enabled { get; set; }

    /// <summary>Currency of the two bounds: <c>SATS</c>, <c>BTC</c>, or one that the BTCPay store has a rate for.</summary>
    public string Currency { get; set; } = "USD";

    /// <summary>Most that one payment may cost, the fee included.</summary>
    public decimal MaximumPerPayment { get; set; } = 1m;

    /// <summary>Most that all payments of a calendar month (UTC) may cost together, fees included.</summary>
    public decimal MaximumPerMonth { get; set; } = 5m;

    /// <summary>Ids of the servers that are bought from; empty: any that asks for payment, as far as the money goes.</summary>
    public List<string> Servers { get; set; } = [];

    public IEnumerable<string> Errors()
    {
        if (Currency is not { Length: >= 3 and <= 8 } || !Currency.All(char.IsAsciiLetterUpper))
            yield return $"{Section}:Currency is '{Currency}'; it must be a code such as USD, EUR or SATS.";
        if (MaximumPerPayment is < 0 or > 1_000_000_000)
            yield return $"{Section}:MaximumPerPayment is {MaximumPerPayment}; it must be from 0 to 1000000000.";
        if (MaximumPerMonth is < 0 or > 1_000_000_000)
            yield return $"{Section}:MaximumPerMonth is {MaximumPerMonth}; it must be from 0 to 1000000000.";
        if (Enabled && MaximumPerMonth < MaximumPerPayment)
            yield return $"{Section}:MaximumPerMonth is less than MaximumPerPayment; no payment could reach the latter.";
    }
}
