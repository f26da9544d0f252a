using System.Globalization;
using System.Text.Json.Serialization;

namespace Datt.Paid.Client;

/// <summary>An amount in a currency; on the wire the amount is a decimal string.</summary>
public record Money
{
    /// <summary>The amount, with as many decimals as the server gave.</summary>
    [JsonNumberHandling(JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString)]
    public decimal Amount { get; init; }

    /// <summary>ISO 4217 code, or <c>BTC</c>.</summary>
    public string Currency { get => field ?? ""; init; }

    /// <summary>For people: <c>0.25 USD</c>.</summary>
    public sealed override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Amount} {Currency}");
}

/// <summary>A price for a period, usually <c>month</c>.</summary>
public sealed record Price : Money
{
    /// <summary>What the price is for.</summary>
    public string? Period { get; init; }
}

/// <summary>How much of the network a server can search.</summary>
public sealed record Coverage
{
    /// <summary>Live records this server can search.</summary>
    public long Records { get; init; }

    /// <summary>Servers those records come from.</summary>
    public long Origins { get; init; }

    /// <summary>Live records in the whole network, as far as known.</summary>
    public long NetworkRecords { get; init; }

    /// <summary><see cref="Records"/> over <see cref="NetworkRecords"/>, 0 to 1; 1 for an empty network.</summary>
    public double Ratio { get; init; }
}
