using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Store;

namespace Datt.Paid.Sync.Download;

/// <summary>
/// Which parts of a run are still to come, and from whom. Of what a source has it gives the part that the fewest sources have; when all that is left is
/// on its way, a source that is idle may ask once more for a part that has been on its way for long. Thread-safe.
/// </summary>
internal sealed class PartBoard
{
    /// <summary>Leaves of a part: 512 KiB.</summary>
    public const int PartLeaves = 32;

    /// <summary>Requests for one part that may be open at once.</summary>
    private const int MostAsked = 2;

    private readonly Lock _gate = new();
    private readonly HeldRun _run;
    private readonly Random _random;
    private readonly Dictionary<string, LeafRanges> _sources = new(StringComparer.Ordinal);
    private readonly (int Asked, long Since, string By)[] _open;
    private readonly bool[] _done;
    private int _left;

    public PartBoard(HeldRun run, Random random)
    {
        _run = run;
        _random = random;
        var parts = (run.Held.Leaves + PartLeaves - 1) / PartLeaves;
        _open = new (int, long, string)[parts];
        _done = new bool[parts];
        for (var part = 0; part < parts; part++)
        {
            _done[part] = run.Held.Has(part * PartLeaves, LeavesOf(part));
            _left += _done[part] ? 0 : 1;
        }
    }

    public bool IsDone
    {
        get
        {
            lock (_gate)
                return _left == 0;
        }
    }

    /// <summary>What a source has; replaces what was known.</summary>
    public void Put(string source, IReadOnlyList<(int First, int Last)> ranges)
    {
        var held = new LeafRanges(_run.Held.Leaves);
        foreach (var (first, last) in ranges)
        {
            for (var leaf = Math.Max(0, first); leaf <= Math.Min(last, held.Leaves - 1); leaf++)
                held.Add(leaf);
        }
        lock (_gate)
            _sources[source] = held;
    }

    public void Remove(string source)
    {
        lock (_gate)
            _sources.Remove(source);
    }

    /// <summary>The next part to ask a source for; null where it has none that is wanted.</summary>
    /// <param name="source">Who is to be asked.</param>
    /// <param name="now">In milliseconds.</param>
    /// <param name="patience">A part on its way for longer may be asked for again.</param>
    public (int FirstLeaf, long Offset, int Length)? Take(string source, long now, long patience)
    {
        lock (_gate)
        {
            if (!_sources.TryGetValue(source, out var has))
                return null;
            var best = -1;
            var (rarity, chance) = (int.MaxValue, 0);
            for (var part = 0; part < _done.Length; part++)
            {
                if (_done[part] || _open[part].Asked > 0 || !has.Has(part * PartLeaves, LeavesOf(part)))
                    continue;
                var sources = _sources.Values.Count(s => s.Has(part * PartLeaves, LeavesOf(part)));
                var draw = _random.Next();
                if (sources < rarity || (sources == rarity && draw > chance))
                    (best, rarity, chance) = (part, sources, draw);
            }
            if (best < 0)
            {
                for (var part = 0; part < _done.Length; part++)
                {
                    if (!_done[part] && _open[part].Asked is > 0 and < MostAsked && _open[part].By != source && now - _open[part].Since > patience
                        && has.Has(part * PartLeaves, LeavesOf(part)) && (best < 0 || _open[part].Since < _open[best].Since))
                        best = part;
                }
            }
            if (best < 0)
                return null;
            _open[best] = (_open[best].Asked + 1, now, source);
            var offset = (long)best * PartLeaves * MerkleTree.LeafSize;
            return (best * PartLeaves, offset, (int)Math.Min((long)PartLeaves * MerkleTree.LeafSize, _run.Info.Bytes - offset));
        }
    }

    /// <summary>A request has ended.</summary>
    public void End(int firstLeaf, bool isHere)
    {
        lock (_gate)
        {
            var part = firstLeaf / PartLeaves;
            _open[part].Asked--;
            if (!isHere || _done[part])
                return;
            _done[part] = true;
            _left--;
        }
    }

    private int LeavesOf(int part) => Math.Min(PartLeaves, _run.Held.Leaves - (part * PartLeaves));
}
