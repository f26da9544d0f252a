namespace Datt.Paid.Sync;

/// <summary><c>Datt:Sync</c>: how the feeds of other servers are followed.</summary>
public sealed class SyncSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Sync";

    /// <summary>Whether other servers' feeds are followed at all. The own feed is served in any case.</summary>
    public bool Follow { get; set; } = true;

    /// <summary>The directory for followed feeds; the host sets it.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Servers whose head streams are held open.</summary>
    public int Neighbours { get; set; } = 6;

    /// <summary>How often one of the servers is asked for the digest of all its heads, whatever the streams say.</summary>
    public TimeSpan PollInterval { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>Feeds that are worked on at once.</summary>
    public int ParallelFeeds { get; set; } = 32;

    /// <summary>Requests for parts of runs that are open at once, over all servers.</summary>
    public int ParallelParts { get; set; } = 16;

    /// <summary>A feed with more bytes than this is not followed; the operator sees it. 0: no limit.</summary>
    public long MaximumFeedBytes { get; set; } = 64L << 30;

    /// <summary>All followed feeds together; feeds that would pass it are not followed. 0: no limit.</summary>
    public long MaximumBytes { get; set; }

    /// <summary>An origin that begins new epochs faster than this is followed into them only this often.</summary>
    public TimeSpan EpochsApart { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The feed of a server that was not heard of for so long is deleted here, and its records with it.</summary>
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>All errors at once, in words that name the setting; empty when it can be used.</summary>
    public IEnumerable<string> Errors()
    {
        if (Neighbours is < 1 or > 64)
            yield return $"{Section}:Neighbours must be 1 to 64, not {Neighbours}.";
        if (PollInterval < TimeSpan.FromSeconds(1) || PollInterval > TimeSpan.FromHours(1))
            yield return $"{Section}:PollInterval must be 00:00:01 to 01:00:00, not {PollInterval}.";
        if (ParallelFeeds is < 1 or > 256)
            yield return $"{Section}:ParallelFeeds must be 1 to 256, not {ParallelFeeds}.";
        if (ParallelParts is < 1 or > 256)
            yield return $"{Section}:ParallelParts must be 1 to 256, not {ParallelParts}.";
        if (ForgetAfter < TimeSpan.FromDays(7))
            yield return $"{Section}:ForgetAfter must be at least 7.00:00:00, for which a server's card counts, not {ForgetAfter}.";
        if (MaximumFeedBytes < 0 || MaximumBytes < 0)
            yield return $"{Section}:MaximumFeedBytes and {Section}:MaximumBytes must not be negative.";
        if (EpochsApart < TimeSpan.Zero || EpochsApart > TimeSpan.FromDays(1))
            yield return $"{Section}:EpochsApart must be 00:00:00 to 1.00:00:00, not {EpochsApart}.";
    }
}
