namespace Datt.Paid.Federation;

/// <summary><c>Datt:Federation:Crawl</c>: bounds of finding other servers. What strangers say can use up these and nothing else.</summary>
public sealed class CrawlSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Federation:Crawl";

    /// <summary>Most addresses that are kept.</summary>
    public int MaxServers { get; set; } = 20_000;

    /// <summary>Most addresses learnt from one source that never answered with a card.</summary>
    public int MaxUnprovenPerSource { get; set; } = 500;

    /// <summary>Most addresses of one host name or IP address (other ports, other paths). Local ones are not counted.</summary>
    public int MaxPerHost { get; set; } = 16;

    /// <summary>Most addresses of one registrable domain or network. Local ones are not counted.</summary>
    public int MaxPerSite { get; set; } = 100;

    /// <summary>Most steps from a bootstrap address or a greeting.</summary>
    public int MaxDepth { get; set; } = 64;

    /// <summary>Most addresses added in an hour, of those at most half by greetings.</summary>
    public int MaxNewPerHour { get; set; } = 5_000;

    /// <summary>Most requests sent in an hour; up to a quarter more after a pause.</summary>
    public int MaxRequestsPerHour { get; set; } = 6_000;

    /// <summary>Servers asked at the same time.</summary>
    public int Parallel { get; set; } = 8;

    /// <summary>Longest wait for one answer.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>Shortest time between two requests to one registrable domain or network. Local ones are asked without it.</summary>
    public TimeSpan SiteGap { get; set; } = TimeSpan.FromMilliseconds(500);

    /// <summary>A server that was not met for so long is forgotten.</summary>
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(7);

    public IEnumerable<string> Errors()
    {
        (string Name, int Value, int Least, int Most)[] counts =
        [
            (nameof(MaxServers), MaxServers, 1, 200_000), (nameof(MaxUnprovenPerSource), MaxUnprovenPerSource, 1, 100_000),
            (nameof(MaxPerHost), MaxPerHost, 1, 10_000), (nameof(MaxPerSite), MaxPerSite, 1, 100_000), (nameof(MaxDepth), MaxDepth, 1, 1_000),
            (nameof(MaxNewPerHour), MaxNewPerHour, 2, 1_000_000), (nameof(MaxRequestsPerHour), MaxRequestsPerHour, 10, 1_000_000),
            (nameof(Parallel), Parallel, 1, 64),
        ];
        foreach (var (name, value, least, most) in counts)
        {
            if (value < least || value > most)
                yield return $"{Section}:{name} is {value}; it must be from {least} to {most}.";
        }
        if (Timeout < TimeSpan.FromMilliseconds(100) || Timeout > TimeSpan.FromMinutes(1))
            yield return $"{Section}:Timeout is {Timeout}; it must be from 00:00:00.100 to 00:01:00.";
        if (SiteGap < TimeSpan.Zero || SiteGap > TimeSpan.FromMinutes(1))
            yield return $"{Section}:SiteGap is {SiteGap}; it must be from 00:00:00 to 00:01:00.";
        if (ForgetAfter < TimeSpan.FromHours(1) || ForgetAfter > TimeSpan.FromDays(365))
            yield return $"{Section}:ForgetAfter is {ForgetAfter}; it must be from 01:00:00 to 365.00:00:00.";
    }
}
