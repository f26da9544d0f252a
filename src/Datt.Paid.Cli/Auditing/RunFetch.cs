using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Cli.Auditing;

/// <summary>
/// Gets parts of runs from whoever gives them: ranges checked against the list of leaf hashes, or single leaves with their paths where ranges cost
/// something. Bounded in bytes over all runs.
/// </summary>
internal sealed class RunFetch(AuditConnections connections, AuditLimits limits)
{
    /// <summary>Header and trailer, index, frame: a reading reaches further three times, once more where a record lies beyond.</summary>
    private const int MaxRounds = 6;

    /// <summary>Single leaves asked for with their paths in one round.</summary>
    private const int MaxSingle = 24;

    private readonly Dictionary<RunId, RunExcerpt> _excerpts = [];
    private readonly Dictionary<RunId, Hash256[]?> _hashes = [];
    private long _left = limits.RunBytes;

    /// <summary>A leaf that came otherwise and was checked.</summary>
    public void Add(DrawnLeaf leaf, byte[] bytes) => Excerpt(leaf.Run).Add(leaf.Leaf, bytes);

    /// <summary>Reads a run, fetching what the reading needs.</summary>
    /// <param name="run">Which run.</param>
    /// <param name="sources">Asked in this order.</param>
    /// <param name="read">Done again from the start after each fetch; its result counts when it needed nothing more.</param>
    /// <param name="ct">Ends it.</param>
    /// <returns>Null where the bytes are not to be had, or the run is not one.</returns>
    public async Task<T?> ReadAsync<T>(RunInfo run, IReadOnlyList<Uri> sources, Func<RunReader, T?> read, CancellationToken ct)
        where T : class
    {
        var excerpt = Excerpt(run);
        for (var round = 0; round < MaxRounds; round++)
        {
            var result = RunReader.TryOpen(excerpt, out var reader, out _) ? read(reader) : null;
            if (excerpt.Wanted.Count == 0)
            {
                return result;
            }

            if (!await FetchAsync(excerpt, sources, ct).ConfigureAwait(false))
            {
                return null;
            }
        }

        return null;
    }

    private RunExcerpt Excerpt(RunInfo run) => _excerpts.TryGetValue(run.Id, out var held) ? held : _excerpts[run.Id] = new RunExcerpt(run);

    private async Task<bool> FetchAsync(RunExcerpt excerpt, IReadOnlyList<Uri> sources, CancellationToken ct)
    {
        var wanted = excerpt.Wanted.ToList();
        if ((long)wanted.Count * MerkleTree.LeafSize > _left)
        {
            return false;
        }

        var before = excerpt.Held;
        foreach (var source in sources)
        {
            foreach (var (first, last) in Ranges(wanted))
            {
                await RangeAsync(excerpt, source, first, last, ct).ConfigureAwait(false);
            }

            if (excerpt.Wanted.Count is > 0 and <= MaxSingle)
            {
                await SinglyAsync(excerpt, source, ct).ConfigureAwait(false);
            }

            wanted = [.. excerpt.Wanted];
            if (wanted.Count == 0)
            {
                break;
            }
        }

        _left -= excerpt.Held - before;
        return wanted.Count == 0;
    }

    private async Task RangeAsync(RunExcerpt excerpt, Uri source, long first, long last, CancellationToken ct)
    {
        var run = excerpt.Run;
        if (await HashesAsync(run, source, ct).ConfigureAwait(false) is not { } hashes)
        {
            return;
        }

        var offset = first * MerkleTree.LeafSize;
        var length = (int)(Math.Min(run.Bytes, (last + 1) * MerkleTree.LeafSize) - offset);
        var asked = await connections.AskAsync(each => connections.At(source).Feeds.RangeAsync(run.Id.ToString(), offset, length, each), ct).ConfigureAwait(false);
        for (var leaf = first; leaf <= last && asked.Value is not null; leaf++)
        {
            var at = (int)(leaf - first) * MerkleTree.LeafSize;
            var bytes = asked.Value.AsSpan(at, Math.Min(MerkleTree.LeafSize, length - at));
            if (Hash256.Of(bytes) == hashes[leaf])
            {
                excerpt.Add(leaf, bytes.ToArray());
            }
        }
    }

    private async Task SinglyAsync(RunExcerpt excerpt, Uri source, CancellationToken ct)
    {
        foreach (var number in excerpt.Wanted.ToList())
        {
            var leaf = new DrawnLeaf("", excerpt.Run, number);
            var asked = await connections.AskAsync(each => connections.At(source).Feeds.ProofAsync(leaf.Run.Id.ToString(), number, each), ct).ConfigureAwait(false);
            if (asked.Value is not { } proof || !LeafQuestions.IsLeaf(leaf, proof))
            {
                return;
            }

            excerpt.Add(number, proof.Leaf);
        }
    }

    /// <summary>The hashes of all leaves of a run, which are right when their root is the run's id; null where nobody tells them.</summary>
    private async Task<Hash256[]?> HashesAsync(RunInfo run, Uri source, CancellationToken ct)
    {
        if (_hashes.TryGetValue(run.Id, out var held) && held is not null)
        {
            return held;
        }

        var count = MerkleTree.LeafCount(run.Bytes);
        if (count * Hash256.Size > limits.AnswerBytes)
        {
            return null;
        }

        var asked = await connections.AskAsync(each => connections.At(source).Feeds.LeavesAsync(run.Id.ToString(), count * Hash256.Size, each), ct).ConfigureAwait(false);
        if (asked.Value is not { } bytes || bytes.Length != count * Hash256.Size)
        {
            return null;
        }

        var hashes = new Hash256[count];
        for (var i = 0; i < count; i++)
        {
            hashes[i] = new Hash256(bytes.AsSpan(i * Hash256.Size, Hash256.Size));
        }

        return new MerkleTree(hashes, run.Bytes).Root == run.Id.Root ? _hashes[run.Id] = hashes : null;
    }

    private static IEnumerable<(long First, long Last)> Ranges(List<long> leaves)
    {
        const int most = 256;
        for (var i = 0; i < leaves.Count;)
        {
            var first = i;
            while (++i < leaves.Count && leaves[i] == leaves[i - 1] + 1 && i - first < most)
            {
            }

            yield return (leaves[first], leaves[i - 1]);
        }
    }
}
