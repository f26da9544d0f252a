using System.IO.MemoryMappedFiles;
using System.Text;
using Datt.Paid.Catalog.Descriptions;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Catalog.Table;

namespace Datt.Paid.Catalog.Snapshots;

/// <summary>What a snapshot gave back.</summary>
/// <param name="Table">The table as of some moment after <paramref name="Seq"/>.</param>
/// <param name="Seq">The log has to be replayed behind this sequence number.</param>
/// <param name="Pending">Changes the reader had not acknowledged.</param>
/// <param name="RebuildNeeded">Whether the reader had to start from scratch.</param>
/// <param name="Followed">How far the table has the followed feeds.</param>
internal sealed record LoadedTable(ContentTable Table, long Seq, ContentKey[] Pending, bool RebuildNeeded, FollowedFeeds Followed);

/// <summary>Reads what <see cref="TableSnapshot"/> wrote. Anything wrong with it means no more than that the table is built from the feed.</summary>
internal static unsafe class SnapshotReader
{
    /// <summary>Null where there is no usable snapshot of that epoch.</summary>
    public static LoadedTable? TryRead(FeedFiles files, string path, string descriptions, long epoch)
    {
        if (new FileInfo(path) is not { Exists: true } info || info.Length < TableSnapshot.TrailerSize + 24 || info.Length > int.MaxValue)
            return null;
        using var file = MemoryMappedFile.CreateFromFile(path, FileMode.Open, null, 0, MemoryMappedFileAccess.Read);
        using var view = file.CreateViewAccessor(0, info.Length, MemoryMappedFileAccess.Read);
        byte* start = null;
        view.SafeMemoryMappedViewHandle.AcquirePointer(ref start);
        try
        {
            var bytes = new ReadOnlySpan<byte>(start, (int)info.Length);
            var trailer = new SnapshotBytes(bytes[^TableSnapshot.TrailerSize..]);
            var nodesAt = trailer.Int64();
            if (!bytes.StartsWith(TableSnapshot.Magic) || (uint)trailer.Int32() != Crc32C.Of(bytes[..^sizeof(uint)]))
                return null;
            var head = new SnapshotBytes(bytes[TableSnapshot.Magic.Length..(int)nodesAt]);
            if (head.Int64() != epoch)
                return null;
            return Read(files, descriptions, ref head, new SnapshotBytes(bytes[(int)nodesAt..^TableSnapshot.TrailerSize]));
        }
        finally
        {
            view.SafeMemoryMappedViewHandle.ReleasePointer();
        }
    }

    private static LoadedTable? Read(FeedFiles files, string descriptions, ref SnapshotBytes head, SnapshotBytes tail)
    {
        var seq = head.Int64();
        var nodes = new NodeKey[tail.Int32()];
        var origins = new Dictionary<string, string>();
        for (var i = 0; i < nodes.Length; i++)
        {
            var origin = tail.Text();
            if (!origins.TryGetValue(origin, out var shared))
                origins[origin] = shared = origin;
            nodes[i] = new(shared, tail.Text());
        }

        if (DescriptionStore.TryOpen(files, descriptions, ReadDescriptions(ref tail)) is not { } store)
            return null;
        var table = new ContentTable(store);
        ReadContents(ref head, table, nodes);
        var rebuild = tail.Byte() != 0;
        var pending = new ContentKey[tail.Int32()];
        tail.Bytes(pending.Length * ContentKey.Size).CopyTo(System.Runtime.InteropServices.MemoryMarshal.AsBytes(pending.AsSpan()));
        var followed = new FollowedFeeds();
        for (var left = tail.Int32(); left > 0; left--)
            followed.Set(tail.Text(), new(tail.Int64(), tail.Int64()));
        return new(table, seq, pending, rebuild, followed);
    }

    private static void ReadContents(ref SnapshotBytes head, ContentTable table, NodeKey[] nodes)
    {
        // Nodes without a record left are not taken over.
        var numbers = new int[nodes.Length];
        Array.Fill(numbers, -1);
        var holders = new List<(int Node, long AnnouncedAt, long Location)>();
        while (true)
        {
            var key = new ContentKey(new UInt128((ulong)head.Int64(), (ulong)head.Int64()));
            var count = head.Int32();
            if (count == 0)
                return;
            holders.Clear();
            for (var i = 0; i < count; i++)
                holders.Add((head.Int32(), head.Int64(), head.Int64()));
            for (var i = count - 1; i >= 0; i--)
            {
                ref var number = ref numbers[holders[i].Node];
                if (number < 0)
                    number = table.Nodes.NumberOf(nodes[holders[i].Node].Origin, nodes[holders[i].Node].NodeId);
                var hash = count == 1 ? default : table.Descriptions.HashOf(holders[i].Location);
                table.Announce(key, number, holders[i].AnnouncedAt, hash, holders[i].Location);
            }
        }
    }

    private static DescriptionStoreState ReadDescriptions(ref SnapshotBytes tail)
    {
        var mapped = new (int, int)[tail.Int32()];
        for (var i = 0; i < mapped.Length; i++)
            mapped[i] = (tail.Int32(), tail.Int32());
        var inMemory = new MemorySegment[tail.Int32()];
        for (var i = 0; i < inMemory.Length; i++)
        {
            inMemory[i] = new(tail.Int32()) { Dead = tail.Int32() };
            for (var left = tail.Int32(); left > 0; left--)
                inMemory[i].Add(tail.Bytes(tail.Int32()));
        }

        return new(mapped, inMemory);
    }
}

/// <summary>Goes through the bytes of a snapshot whose checksum is right.</summary>
internal ref struct SnapshotBytes(ReadOnlySpan<byte> bytes)
{
    private ReadOnlySpan<byte> _rest = bytes;

    public byte Byte() => Bytes(1)[0];

    public int Int32() => BitConverter.ToInt32(Bytes(sizeof(int)));

    public long Int64() => BitConverter.ToInt64(Bytes(sizeof(long)));

    /// <summary>A text as <see cref="BinaryWriter.Write(string)"/> puts it: its length in groups of seven bits, then UTF-8.</summary>
    public string Text()
    {
        var length = 0;
        for (var shift = 0; ; shift += 7)
        {
            var part = Byte();
            length |= (part & 0x7F) << shift;
            if (part < 0x80)
                return Encoding.UTF8.GetString(Bytes(length));
        }
    }

    public ReadOnlySpan<byte> Bytes(int count)
    {
        var taken = _rest[..count];
        _rest = _rest[count..];
        return taken;
    }
}
