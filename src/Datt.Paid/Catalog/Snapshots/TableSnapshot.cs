using System.Runtime.InteropServices;
using Datt.Paid.Catalog.Descriptions;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Following;
using Datt.Paid.Catalog.Table;

namespace Datt.Paid.Catalog.Snapshots;

/// <summary>
/// Writes the table to a file while it changes. What is newer than <c>seq</c> may be in it or not: replaying the log from there on gives the same
/// table, since for each key the last record wins. Layout, little endian: <c>DATTTAB2</c>, epoch, seq; per content its key, the number of holders and per holder node, time,
/// location; a zero key with zero holders; then nodes, description segments, pending changes, positions in followed feeds; where the nodes begin (8); CRC-32C of all before.
/// </summary>
internal static class TableSnapshot
{
    public static ReadOnlySpan<byte> Magic => "DATTTAB2"u8;

    public const int TrailerSize = sizeof(long) + sizeof(uint);

    /// <summary>Crowds above this are copied while the writer waits.</summary>
    private const int LargeCrowd = 1_000;

    public static void Write(FeedFiles files, string path, long epoch, long seq, ContentTable table, ChangeLog changes, FollowedFeeds followed)
    {
        var positions = followed.All.ToArray();
        var temporary = path + ".tmp";
        using (var file = files.Create(temporary))
        {
            using var checksum = new ChecksumStream(file);
            using var writer = new BinaryWriter(checksum);
            writer.Write(Magic);
            writer.Write(epoch);
            writer.Write(seq);
            WriteContents(writer, table);
            var nodesAt = checksum.Length;
            WriteNodes(writer, table.Nodes);
            WriteDescriptions(writer, table.Descriptions.Save());
            var (pending, rebuild) = changes.Save();
            writer.Write(rebuild);
            writer.Write(pending.Length);
            writer.Write(MemoryMarshal.AsBytes(pending.AsSpan()));
            WriteFollowed(writer, positions, followed);
            writer.Write(nodesAt);
            writer.Write(checksum.Checksum);
            writer.Flush();
            file.Sync();
        }

        files.Move(temporary, path);
        files.SyncDirectory(Path.GetDirectoryName(path)!);
    }

    /// <summary>Positions of before the contents were written; a feed that began meanwhile may be in there in part, so nothing of it is sure.</summary>
    private static void WriteFollowed(BinaryWriter writer, KeyValuePair<string, FollowedPosition>[] before, FollowedFeeds followed)
    {
        var begun = followed.All.ExceptBy(before.Select(p => p.Key), p => p.Key).Select(p => KeyValuePair.Create(p.Key, p.Value with { Seq = 0 })).ToArray();
        writer.Write(before.Length + begun.Length);
        foreach (var (origin, position) in before.Concat(begun))
        {
            writer.Write(origin);
            writer.Write(position.Epoch);
            writer.Write(position.Seq);
        }
    }

    private static void WriteContents(BinaryWriter writer, ContentTable table)
    {
        var holders = new (int Node, long AnnouncedAt, long Location)[LargeCrowd];
        for (var place = 0; place < table.Places; place++)
        {
            if (!table.TryGetKey(place, out var key) || !table.TryRead(key, holders, out var view))
                continue;
            if (view.Copied < view.HolderCount)
            {
                lock (table.WriteGate)
                {
                    if (!table.TryRead(key, default, out view))
                        continue;
                    if (view.HolderCount > holders.Length)
                        holders = new (int, long, long)[view.HolderCount];
                    table.TryRead(key, holders, out view);
                }
            }

            writer.Write((ulong)(key.Value >> 64));
            writer.Write((ulong)key.Value);
            writer.Write(view.Copied);
            foreach (var (node, announcedAt, location) in holders.AsSpan(0, view.Copied))
            {
                writer.Write(node);
                writer.Write(announcedAt);
                writer.Write(location);
            }
        }

        writer.Write(0UL);
        writer.Write(0UL);
        writer.Write(0);
    }

    private static void WriteNodes(BinaryWriter writer, NodeTable nodes)
    {
        var count = nodes.Count;
        writer.Write(count);
        for (var i = 0; i < count; i++)
        {
            writer.Write(nodes[i].Origin);
            writer.Write(nodes[i].NodeId);
        }
    }

    private static void WriteDescriptions(BinaryWriter writer, DescriptionStoreState state)
    {
        writer.Write(state.Mapped.Count);
        foreach (var (id, dead) in state.Mapped)
        {
            writer.Write(id);
            writer.Write(dead);
        }

        writer.Write(state.InMemory.Count);
        foreach (var segment in state.InMemory)
        {
            var count = segment.Count;
            writer.Write(segment.Id);
            writer.Write(segment.Dead);
            writer.Write(count);
            for (var i = 0; i < count; i++)
            {
                var entry = segment.Entry(i);
                writer.Write(entry.Length);
                writer.Write(entry);
            }
        }
    }
}
