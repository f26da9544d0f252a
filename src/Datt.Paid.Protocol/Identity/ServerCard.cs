namespace Datt.Paid.Protocol.Identity;

/// <summary>What a server says about itself, under <c>GET /api/v1/server</c>.</summary>
public sealed record ServerCard
{
    /// <summary>Fingerprint of the server's first key.</summary>
    public required string Id { get; init; }

    public required string Name { get; init; }

    public required string Url { get; init; }

    /// <summary>Base64 of the DER SubjectPublicKeyInfo that checks the signature.</summary>
    public required string PublicKey { get; init; }

    public required string Software { get; init; }

    public required string Version { get; init; }

    /// <summary><c>Paid</c> or <c>Free</c>.</summary>
    public required string SearchAccess { get; init; }

    /// <summary><c>Free</c>, <c>Reciprocal</c> or <c>Paid</c>.</summary>
    public required string FederationAccess { get; init; }

    /// <summary>Whether it seeds index runs to BitTorrent clients, below <c>torrent/</c> of <see cref="Url"/>.</summary>
    public bool SeedsTorrents { get; init; }

    /// <summary>Null where nothing is sold: neither searches nor runs.</summary>
    public CardPrice? Price { get; init; }

    public required CardCoverage Coverage { get; init; }

    public required CardNodes Nodes { get; init; }

    /// <summary>When the card was signed.</summary>
    public required DateTimeOffset Time { get; init; }
}

/// <summary>The price of one period, as a decimal string and a currency code.</summary>
public sealed record CardPrice(string Amount, string Currency, string Period);

/// <summary>What the server can search; <paramref name="Ratio"/> is 0 to 1.</summary>
public sealed record CardCoverage(long Records, long Origins, long NetworkRecords, double Ratio);

/// <summary>The nodes of the server.</summary>
public sealed record CardNodes(long Online, long Known);
