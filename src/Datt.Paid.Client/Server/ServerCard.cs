using System.Text.Json.Serialization;

namespace Datt.Paid.Client;

/// <summary>What a server says about itself.</summary>
public sealed record ServerCard
{
    /// <summary>Fingerprint of the server's first key; survives key rotation.</summary>
    public string Id { get => field ?? ""; init; }

    /// <summary>Name chosen by the operator.</summary>
    public string? Name { get; init; }

    /// <summary>Its public address.</summary>
    public string? Url { get; init; }

    /// <summary>The key that signs the card.</summary>
    public string? PublicKey { get; init; }

    /// <summary>The program.</summary>
    public string? Software { get; init; }

    /// <summary>Its version.</summary>
    public string? Version { get; init; }

    /// <summary><c>Paid</c> or <c>Free</c>.</summary>
    public AccessPolicy? Search { get; init; }

    /// <summary>Who may download index runs.</summary>
    public AccessPolicy? Federation { get; init; }

    /// <summary>The price of a subscription; null where search is free.</summary>
    public Price? Price { get; init; }

    /// <summary>How much of the network it searches.</summary>
    public Coverage? Coverage { get; init; }

    /// <summary>Its nodes.</summary>
    public NodeFigures? Nodes { get; init; }

    /// <summary>When the card was signed.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>Over the RFC 8785 form of the card without this member.</summary>
    public string? Signature { get; init; }
}

/// <summary>Who may use something.</summary>
/// <param name="Access">The policy's name.</param>
public sealed record AccessPolicy(string? Access);

/// <summary>Counts of a server's nodes.</summary>
/// <param name="Online">Present now.</param>
/// <param name="Known">Ever seen and not forgotten.</param>
public sealed record NodeFigures(long Online, long Known);

/// <summary>How the price of one month comes about.</summary>
public sealed record PricingTable
{
    private const JsonNumberHandling AsString = JsonNumberHandling.AllowReadingFromString | JsonNumberHandling.WriteAsString;

    /// <summary><c>Flat</c>, <c>PerMillionRecords</c>, <c>Coverage</c> or <c>Tiers</c>.</summary>
    public string? Model { get; init; }

    /// <summary>ISO 4217 code.</summary>
    public string? Currency { get; init; }

    /// <summary>Base price of the model.</summary>
    [JsonNumberHandling(AsString)]
    public decimal? Base { get; init; }

    /// <summary>With <c>PerMillionRecords</c>: added for each million.</summary>
    [JsonNumberHandling(AsString)]
    public decimal? PerMillionRecords { get; init; }

    /// <summary>Never less.</summary>
    [JsonNumberHandling(AsString)]
    public decimal? Minimum { get; init; }

    /// <summary>Never more.</summary>
    [JsonNumberHandling(AsString)]
    public decimal? Maximum { get; init; }

    /// <summary>The price of one month now.</summary>
    public Money? Monthly { get; init; }

    /// <summary>What it was computed from.</summary>
    public Coverage? Coverage { get; init; }

    /// <summary>Since when it holds.</summary>
    public DateTimeOffset? EffectiveFrom { get; init; }
}
