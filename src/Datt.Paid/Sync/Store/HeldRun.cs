using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using Microsoft.Win32.SafeHandles;

namespace Datt.Paid.Sync.Store;

/// <summary>
/// A run of a followed feed on disk, whole or in part. Bytes leave it only after they were hashed against the leaves that the run's id stands for, so
/// damage on the disk is found and never passed on. What a crash left is found out by hashing; nothing is written about it. No file is kept open.
/// </summary>
public sealed class HeldRun
{
    private readonly Lock _writing = new();
    private Hash256[] _leaves;
    private LeafRanges _held;
    private bool _isChecked;

    private HeldRun(RunInfo info, string path, Hash256[] leaves, LeafRanges held, bool isChecked)
    {
        Info = info;
        Path = path;
        _leaves = leaves;
        _held = held;
        _isChecked = isChecked;
    }

    public RunInfo Info { get; }

    public string Path { get; }

    /// <summary>Set when the bytes on the disk are not what the id stands for.</summary>
    public bool IsDamaged { get; private set; }

    /// <summary>Which leaves are here.</summary>
    public LeafRanges Held => Check() ? _held : new LeafRanges(_held.Leaves);

    /// <summary>Bytes that are here; the last leaf counts at its own length.</summary>
    public long HeldBytes => Held is { } held && held.Leaves > 0 && held.Has(held.Leaves - 1, 1)
        ? ((held.Count - 1L) * MerkleTree.LeafSize) + LengthOf(Info, held.Leaves - 1)
        : (long)Held.Count * MerkleTree.LeafSize;

    /// <summary>SHA-256 of each leaf; empty where the run is damaged.</summary>
    public IReadOnlyList<Hash256> Leaves => Check() ? _leaves : [];

    /// <summary>Begins or resumes a download: the file is made in its full length, and leaves that are there already count.</summary>
    /// <param name="info">What is to come.</param>
    /// <param name="path">Where it goes.</param>
    /// <param name="leaves">Hashes that lead to its id.</param>
    public static HeldRun Begin(RunInfo info, string path, Hash256[] leaves)
    {
        using var file = File.OpenHandle(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.ReadWrite | FileShare.Delete);
        var had = RandomAccess.GetLength(file);
        if (had != info.Bytes)
            RandomAccess.SetLength(file, info.Bytes);
        var held = new LeafRanges(leaves.Length);
        var buffer = new byte[MerkleTree.LeafSize];
        for (var leaf = 0; leaf < leaves.Length && (long)leaf * MerkleTree.LeafSize < had; leaf++)
        {
            var piece = buffer.AsSpan(0, LengthOf(info, leaf));
            if (TryFill(file, piece, (long)leaf * MerkleTree.LeafSize) && Hash256.Of(piece) == leaves[leaf])
                held.Add(leaf);
        }
        return new HeldRun(info, path, leaves, held, isChecked: true);
    }

    /// <summary>A whole run that was made here just now, by whose hashing its leaves are known.</summary>
    public static HeldRun Made(RunInfo info, string path, MerkleTree tree) => new(info, path, [.. tree.Leaves], All(tree.Leaves.Count), isChecked: true);

    /// <summary>A whole run of an earlier start; it is hashed before the first use.</summary>
    public static HeldRun Found(RunInfo info, string path) => new(info, path, [], new LeafRanges((int)MerkleTree.LeafCount(info.Bytes)), isChecked: false);

    /// <summary>The same run under its final name.</summary>
    public HeldRun At(string path) => new(Info, path, _leaves, _held, _isChecked);

    /// <summary>Takes leaves that came from outside. False: they are not what the id stands for, and nothing was taken.</summary>
    /// <exception cref="IOException">The disk takes no more.</exception>
    public bool TryTake(int firstLeaf, ReadOnlySpan<byte> bytes)
    {
        var rest = bytes;
        for (var leaf = firstLeaf; rest.Length > 0; leaf++)
        {
            var piece = rest[..Math.Min(MerkleTree.LeafSize, rest.Length)];
            if (leaf >= _leaves.Length || piece.Length != LengthOf(Info, leaf) || Hash256.Of(piece) != _leaves[leaf])
                return false;
            rest = rest[piece.Length..];
        }
        using (var file = File.OpenHandle(Path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete))
            RandomAccess.Write(file, bytes, (long)firstLeaf * MerkleTree.LeafSize);
        for (var i = 0; i < (int)MerkleTree.LeafCount(bytes.Length); i++)
            _held.Add(firstLeaf + i);
        return true;
    }

    /// <summary>Reads bytes that are held, each leaf that they touch hashed first. False: not held, or damaged by now.</summary>
    public bool TryRead(long offset, Span<byte> into)
    {
        if (offset < 0 || offset + into.Length > Info.Bytes || !Check())
            return false;
        try
        {
            using var file = Open();
            var buffer = new byte[MerkleTree.LeafSize];
            while (into.Length > 0)
            {
                var leaf = (int)(offset / MerkleTree.LeafSize);
                if (!_held.Has(leaf, 1))
                    return false;
                var start = (long)leaf * MerkleTree.LeafSize;
                var piece = buffer.AsSpan(0, LengthOf(Info, leaf));
                if (!TryFill(file, piece, start) || Hash256.Of(piece) != _leaves[leaf])
                {
                    IsDamaged = true;
                    return false;
                }
                var from = (int)(offset - start);
                var count = Math.Min(piece.Length - from, into.Length);
                piece.Slice(from, count).CopyTo(into);
                into = into[count..];
                offset += count;
            }
            return true;
        }
        catch (FileNotFoundException)
        {
            return false; // replaced by a merged run meanwhile
        }
    }

    /// <summary>The bytes of a whole run, for whoever reads records; null where it is damaged or gone. To be disposed of.</summary>
    public OpenRun? OpenWhole()
    {
        if (!Check() || !_held.IsComplete)
            return null;
        try
        {
            return new OpenRun(Open(), Info.Bytes);
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    /// <summary>Hashes a whole run again; false where it is damaged, which is noted. A run that was replaced meanwhile counts as intact.</summary>
    public bool IsIntact()
    {
        if (!Check() || !File.Exists(Path))
            return !IsDamaged;
        if (HashFile() is not { } tree || tree.Root != Info.Id.Root)
            IsDamaged = File.Exists(Path);
        return !IsDamaged;
    }

    private SafeFileHandle Open() => File.OpenHandle(Path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite | FileShare.Delete);

    /// <summary>Hashes what an earlier start left, once. False where it is damaged.</summary>
    private bool Check()
    {
        if (Volatile.Read(ref _isChecked))
            return !IsDamaged;
        lock (_writing)
        {
            if (_isChecked)
                return !IsDamaged;
            if (HashFile() is { } tree && tree.Root == Info.Id.Root)
                (_leaves, _held) = ([.. tree.Leaves], All(tree.Leaves.Count));
            else
                IsDamaged = true;
            Volatile.Write(ref _isChecked, true);
        }
        return !IsDamaged;
    }

    private MerkleTree? HashFile()
    {
        try
        {
            using var file = Open();
            if (RandomAccess.GetLength(file) != Info.Bytes)
                return null;
            var hasher = new MerkleHasher();
            var buffer = new byte[16 * MerkleTree.LeafSize];
            for (long at = 0; at < Info.Bytes; at += buffer.Length)
            {
                var piece = buffer.AsSpan(0, (int)Math.Min(buffer.Length, Info.Bytes - at));
                if (!TryFill(file, piece, at))
                    return null;
                hasher.Append(piece);
            }
            return hasher.Complete();
        }
        catch (FileNotFoundException)
        {
            return null;
        }
    }

    private static LeafRanges All(int leaves)
    {
        var held = new LeafRanges(leaves);
        for (var i = 0; i < leaves; i++)
            held.Add(i);
        return held;
    }

    private static int LengthOf(RunInfo info, int leaf) => (int)Math.Min(MerkleTree.LeafSize, info.Bytes - (long)leaf * MerkleTree.LeafSize);

    internal static bool TryFill(SafeFileHandle file, Span<byte> into, long offset)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(file, into, offset);
            if (read == 0)
                return false;
            into = into[read..];
            offset += read;
        }
        return true;
    }
}

/// <summary>A whole run opened to be read.</summary>
public sealed class OpenRun : IRunBytes, IDisposable
{
    private readonly SafeFileHandle _file;

    internal OpenRun(SafeFileHandle file, long length)
    {
        _file = file;
        Length = length;
    }

    public long Length { get; }

    public void Read(long offset, Span<byte> into)
    {
        if (!HeldRun.TryFill(_file, into, offset))
            throw new EndOfStreamException("A run ends before its length.");
    }

    public void Dispose() => _file.Dispose();
}
