using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Torrents;

namespace Datt.Paid.Torrents;

/// <summary>A torrent that was made of a manifest.</summary>
/// <param name="Manifest">Hash of the manifest.</param>
/// <param name="CreatedAt">When the manifest was made.</param>
/// <param name="MadeAt">When the torrent was done.</param>
public sealed record Torrent(TorrentInfo Info, IReadOnlyList<RunPieces> Runs, Hash256 Manifest, DateTimeOffset CreatedAt, DateTimeOffset MadeAt);

/// <summary>What became of a wish for the torrent of an origin.</summary>
public abstract record TorrentAnswer
{
    /// <summary>Here it is.</summary>
    public sealed record Ready(Torrent Torrent) : TorrentAnswer;

    /// <summary>No feed of this origin is shown here.</summary>
    public sealed record Unknown : TorrentAnswer;

    /// <summary>The feed has no runs yet.</summary>
    public sealed record Empty : TorrentAnswer;

    /// <summary>The feed is longer than this server makes torrents of.</summary>
    public sealed record TooLarge(long Bytes) : TorrentAnswer;

    /// <summary>It is being made, or waits for its turn, or runs are on their way.</summary>
    public sealed record NotYet(TimeSpan RetryAfter) : TorrentAnswer;
}
