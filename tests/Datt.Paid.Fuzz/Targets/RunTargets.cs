using System.Buffers.Binary;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>Runs and the Merkle paths in them.</summary>
internal static class RunTargets
{
    public static IEnumerable<FuzzTarget> All(Samples samples) =>
    [
        // A frame of at most a megabyte may come out of a few bytes, and readers hold one at a time.
        new("run", samples.Runs, Run, Expansion: 8_000) { IsSlow = true },
        new("listed-run", samples.Runs, bytes => Listed(bytes, samples), Expansion: 8_000) { IsSlow = true },
        new("merge", samples.Runs, bytes => Merge(bytes, samples), Expansion: 8_000) { IsSlow = true },
        new("merkle-path", samples.Paths, bytes => Path(bytes, samples)),
    ];

    private static bool Run(byte[] bytes)
    {
        if (!RunReader.TryOpen(new MemoryRunBytes(bytes), out var run, out _))
            return false;
        using var records = run.Records();
        long count = 0;
        while (records.MoveNext())
        {
            count++;
            _ = records.Current.ToRecord();
        }
        _ = run.TryFind("node-1", "test:content-5", out _, out _);
        if (records.Fault != RunFault.None)
            return false;
        Must.Hold(run.Count == count, "a run counts other records than it has");
        return true;
    }

    /// <summary>Only the very bytes that a manifest lists are taken.</summary>
    private static bool Listed(byte[] bytes, Samples samples)
    {
        var taken = false;
        for (var i = 0; i < samples.Runs.Count; i++)
        {
            var fault = RunReader.Verify(new MemoryRunBytes(bytes), samples.RunInfos[i]);
            Must.Hold(fault == RunFault.None == bytes.AsSpan().SequenceEqual(samples.Runs[i]), "bytes that are not listed are taken, or those that are, refused");
            taken |= fault == RunFault.None;
        }
        return taken;
    }

    private static bool Merge(byte[] bytes, Samples samples)
    {
        if (!RunReader.TryOpen(new MemoryRunBytes(bytes), out var odd, out _) || !RunReader.TryOpen(new MemoryRunBytes(samples.Runs[0]), out var good, out _))
            return false;
        return RunMerger.TryMerge([good, odd], 1, 1, Stream.Null, out _, out _) | RunMerger.TryMerge([odd], 1, 1, Stream.Null, out _, out _);
    }

    /// <summary>A leaf with its number, the length of the file and a path: accepted only as it is.</summary>
    private static bool Path(byte[] bytes, Samples samples)
    {
        if (bytes.Length < 16)
            return false;
        var leaf = BinaryPrimitives.ReadInt64BigEndian(bytes);
        var length = BinaryPrimitives.ReadInt64BigEndian(bytes.AsSpan(8));
        var rest = bytes.AsSpan(16);
        var hashes = Math.Min(rest.Length / Hash256.Size, 70);
        var path = new Hash256[hashes];
        for (var i = 0; i < hashes; i++)
            path[i] = new Hash256(rest.Slice(i * Hash256.Size, Hash256.Size));
        var taken = false;
        for (var i = 0; i < samples.Leaves.Count; i++)
        {
            var isLeaf = MerkleTree.IsLeaf(samples.Root, length, leaf, samples.Leaves[i], path);
            // A path proves the number and the depth; the length itself is the manifest's to say.
            Must.Hold(
                !isLeaf || (leaf == i && MerkleTree.PathLength(length) == MerkleTree.PathLength(samples.MerkleBytes)),
                $"leaf {i} is taken for leaf {leaf} of {length} bytes");
            taken |= isLeaf;
        }
        return taken;
    }
}
