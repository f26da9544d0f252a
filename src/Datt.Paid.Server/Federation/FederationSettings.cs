using Datt.Paid.Outbound;

namespace Datt.Paid.Server.Federation;

/// <summary><c>Datt:Federation</c>: how this server deals with others.</summary>
public sealed class FederationSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Federation";

    public FederationAccess Access { get; set; } = FederationAccess.Free;

    /// <summary>Lets whatever calls strangers' addresses (the crawler, notices) call loopback and private ones (tests, LANs).</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>How often the crawler goes round.</summary>
    public TimeSpan CrawlInterval { get; set; } = TimeSpan.FromMinutes(10);

    /// <summary>The same for the client that calls strangers' addresses.</summary>
    internal OutboundSettings Outbound => new() { AllowPrivateAddresses = AllowPrivateAddresses };

    public IEnumerable<string> Errors()
    {
        if (CrawlInterval < TimeSpan.FromSeconds(1) || CrawlInterval > TimeSpan.FromDays(1))
            yield return $"{Section}:CrawlInterval is {CrawlInterval}; it must be from 00:00:01 to 1.00:00:00.";
    }
}

/// <summary>Who may download index runs.</summary>
public enum FederationAccess
{
    Free,
    Reciprocal,
    Paid,
}
