using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Following;

/// <summary>A followed feed, as far as it is needed to bring the table to its end.</summary>
/// <param name="Origin">Id of the server whose feed it is.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="FirstSeq">First sequence number of the epoch.</param>
/// <param name="Runs">
/// Verified runs, oldest first, without overlap or gap. They begin at the first of the epoch, or with what the table has not yet. None: the
/// origin's records are to be shown no more.
/// </param>
public sealed record FollowedRuns(string Origin, long Epoch, long FirstSeq, IReadOnlyList<RunReader> Runs)
{
    /// <summary>Says that nothing of an origin is to be shown.</summary>
    public static FollowedRuns Nothing(string origin) => new(origin, 0, 0, []);
}
