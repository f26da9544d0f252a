using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Cli.Auditing;

/// <summary>
/// A run of which only some leaves are here, each checked against the run's id. What a reader reaches for and is not here reads as zeros and is noted; after
/// those leaves were fetched the same reading is done again (<see cref="RunFetch"/>).
/// </summary>
internal sealed class RunExcerpt(RunInfo run) : IRunBytes
{
    private readonly Dictionary<long, byte[]> _leaves = [];
    private readonly SortedSet<long> _wanted = [];

    public RunInfo Run => run;

    /// <inheritdoc/>
    public long Length => run.Bytes;

    /// <summary>Leaves that were reached for and are not here, ascending.</summary>
    public IReadOnlyCollection<long> Wanted => _wanted;

    /// <summary>Bytes that are here.</summary>
    public long Held { get; private set; }

    /// <summary>Takes a leaf that was checked.</summary>
    public void Add(long leaf, byte[] bytes)
    {
        if (_leaves.TryAdd(leaf, bytes))
        {
            Held += bytes.Length;
        }

        _wanted.Remove(leaf);
    }

    /// <inheritdoc/>
    public void Read(long offset, Span<byte> into)
    {
        while (!into.IsEmpty)
        {
            var (leaf, within) = Math.DivRem(offset, MerkleTree.LeafSize);
            var piece = into[..(int)Math.Min(into.Length, MerkleTree.LeafSize - within)];
            if (_leaves.TryGetValue(leaf, out var bytes))
            {
                bytes.AsSpan((int)within, piece.Length).CopyTo(piece);
            }
            else
            {
                piece.Clear();
                _wanted.Add(leaf);
            }

            offset += piece.Length;
            into = into[piece.Length..];
        }
    }
}
