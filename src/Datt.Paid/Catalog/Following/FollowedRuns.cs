using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Following;

/// <summary>A followed feed as far as it is here: complete, verified runs, oldest first, without overlap or gap from the first of the epoch on.</summary>
/// <param name="Origin">Id of the server whose feed it is.</param>
/// <param name="Epoch">Its epoch.</param>
/// <param name="Runs">What the feed consists of; none: its records are to be shown no more.</param>
public sealed record FollowedRuns(string Origin, long Epoch, IReadOnlyList<RunReader> Runs);
