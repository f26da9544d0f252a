namespace Datt.Paid.Torrents;

/// <summary><c>Datt:Torrent</c>: the feeds for BitTorrent clients.</summary>
public sealed class TorrentSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Torrent";

    /// <summary>Whether torrents are made, seeded and tracked here. Runs must be free for everybody then.</summary>
    public bool Enabled { get; set; }

    /// <summary>Of a feed with more bytes no torrent is made, because each byte must be read for it.</summary>
    public long MaximumBytes { get; set; } = 64L << 30;

    /// <summary>Where copies of runs are kept; set by the host.</summary>
    public string Directory { get; set; } = "torrents";

    /// <summary>Room on the disk for copies of runs that torrents name and the feeds no longer have; 0 keeps none.</summary>
    public long KeepBytes { get; set; } = 1L << 30;

    /// <summary>Other servers that a torrent names as web seeds, at most.</summary>
    public int WebSeeds { get; set; } = 8;

    /// <summary>How often clients are told to come back; who stays away for twice that is forgotten.</summary>
    public TimeSpan AnnounceInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>Peers that the tracker remembers, over all torrents.</summary>
    public int MaximumPeers { get; set; } = 20_000;

    /// <summary>All errors at once, in words that name the setting; empty when it can be used.</summary>
    public IEnumerable<string> Errors()
    {
        if (MaximumBytes is < 1 or > 1L << 40)
            yield return $"{Section}:MaximumBytes must be 1 to {1L << 40}, not {MaximumBytes}.";
        if (KeepBytes is < 0 or > 1L << 40)
            yield return $"{Section}:KeepBytes must be 0 to {1L << 40}, not {KeepBytes}.";
        if (WebSeeds is < 0 or > 100)
            yield return $"{Section}:WebSeeds must be 0 to 100, not {WebSeeds}.";
        if (AnnounceInterval < TimeSpan.FromMinutes(1) || AnnounceInterval > TimeSpan.FromHours(2))
            yield return $"{Section}:AnnounceInterval must be 00:01:00 to 02:00:00, not {AnnounceInterval}.";
        if (MaximumPeers is < 1 or > 1_000_000)
            yield return $"{Section}:MaximumPeers must be 1 to 1000000, not {MaximumPeers}.";
    }
}
