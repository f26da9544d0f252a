namespace Datt.Paid.Server.Federation;

/// <summary><c>Datt:Federation</c>: how this server deals with others.</summary>
public sealed class FederationSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Federation";

    public FederationAccess Access { get; set; } = FederationAccess.Free;

    /// <summary>Lets the crawler call loopback and private addresses (tests, LANs).</summary>
    public bool AllowPrivateAddresses { get; set; }

    /// <summary>How often the crawler goes round.</summary>
    public TimeSpan CrawlInterval { get; set; } = TimeSpan.FromMinutes(10);

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
