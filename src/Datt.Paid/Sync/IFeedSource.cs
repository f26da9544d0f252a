using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Sync;

/// <summary>The calls to other servers that following feeds makes. Nothing that the other side does is thrown; what it sent is checked by the caller.</summary>
public interface IFeedSource
{
    /// <summary>A page of the heads that a server shows.</summary>
    /// <param name="server">Id of the server.</param>
    /// <param name="digest">Own digest: where it is the server's too, the answer is <see cref="HeadsAnswer.Same"/>.</param>
    /// <param name="cursor">As the page before gave it; null for the first.</param>
    /// <param name="ct">Gives up.</param>
    Task<HeadsAnswer> HeadsAsync(string server, Hash256? digest, string? cursor, CancellationToken ct);

    /// <summary>Heads as they change, until the connection ends; all of them first.</summary>
    IAsyncEnumerable<IReadOnlyList<HeadNews>> StreamAsync(string server, CancellationToken ct);

    /// <summary>Newest manifest of a feed, or the difference to one that is held; null where there is no answer.</summary>
    Task<byte[]?> ManifestAsync(string server, string origin, Head? held, CancellationToken ct);

    /// <summary>The list of merged-away runs; null where there is no answer.</summary>
    Task<byte[]?> RetiredAsync(string server, string origin, CancellationToken ct);

    /// <summary>A proof of cheating; null where there is no answer.</summary>
    Task<byte[]?> ConflictAsync(string server, string origin, CancellationToken ct);

    /// <summary>Leaves of a run that a server holds; null where it holds none, or there is no answer.</summary>
    Task<IReadOnlyList<(int First, int Last)>?> HaveAsync(string server, RunInfo run, CancellationToken ct);

    /// <summary>The hashes of all leaves of a run; null where there is no answer.</summary>
    Task<byte[]?> LeavesAsync(string server, RunInfo run, CancellationToken ct);

    /// <summary>Bytes of a run.</summary>
    Task<PartAnswer> ReadAsync(string server, RunInfo run, long offset, int length, CancellationToken ct);
}

/// <summary>A head that somebody tells of.</summary>
/// <param name="Head">The head.</param>
/// <param name="IsConflicted">Whether the teller holds a proof that the origin cheated in this epoch.</param>
public readonly record struct HeadNews(Head Head, bool IsConflicted);

/// <summary>What came of asking for heads.</summary>
public abstract record HeadsAnswer
{
    /// <summary>The server shows just the heads that the digest is of.</summary>
    public sealed record Same : HeadsAnswer;

    public sealed record Page(IReadOnlyList<HeadNews> Heads, string? Next) : HeadsAnswer;

    public sealed record Failed : HeadsAnswer;
}

/// <summary>What came of asking for bytes of a run.</summary>
public abstract record PartAnswer
{
    public sealed record Bytes(byte[] Content) : PartAnswer;

    /// <summary>The server does not have them.</summary>
    public sealed record Missing : PartAnswer;

    /// <summary>The server gives nothing now: payment is due, or it gave enough.</summary>
    /// <param name="RetryAfter">When to ask again.</param>
    public sealed record Refused(TimeSpan RetryAfter) : PartAnswer;

    /// <summary>No answer, a broken one, or one too slow.</summary>
    public sealed record Failed : PartAnswer;
}
