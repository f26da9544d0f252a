using Datt.Paid.Catalog;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Catalog.Snapshots;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>What this server wrote itself, as a bad disk may give it back.</summary>
internal static class StoredTargets
{
    public static IEnumerable<FuzzTarget> All(Samples samples, StoredFiles files) =>
    [
        new("wal", [Segment(samples.Records)], bytes => Log(files.Put("segment", bytes)), Expansion: 400) { IsSlow = true },
        new("snapshot", [files.Snapshot], bytes => Snapshot(files, files.Put("snapshot", bytes)), Expansion: 400) { IsSlow = true },
    ];

    /// <summary>Groups of two records.</summary>
    private static byte[] Segment(IEnumerable<byte[]> records)
    {
        using var segment = new MemoryStream();
        segment.Write(WalFormat.Header(1));
        var (group, number, last) = (segment.Position, 0, 0L);
        foreach (var record in records)
        {
            if (!RecordCodec.TryDecode(record, out var decoded, out _) || decoded.Seq <= last)
                continue;
            last = decoded.Seq;
            if (number++ % 2 == 0)
                group = segment.Position;
            var frame = new byte[WalFormat.FrameHeaderSize + record.Length];
            record.CopyTo(frame, WalFormat.FrameHeaderSize);
            WalFormat.Close(frame, group);
            segment.Write(frame);
        }
        return segment.ToArray();
    }

    /// <summary>Damage is named; records that are given out are whole and in order.</summary>
    private static bool Log(string path)
    {
        var length = new FileInfo(path).Length;
        try
        {
            var last = 0L;
            var content = WalReader.Read(path, isLast: true, (in RecordView record) =>
            {
                Must.Hold(record.Seq > last, "records of the log are out of order");
                last = record.Seq;
                Must.Same(record.Bytes, RecordCodec.Encode(record.ToRecord()));
            });
            Must.Hold(content.LastSeq == last && content.Length <= length, "a log ends where it does not");
            return content.Epoch > 0;
        }
        catch (CatalogDamagedException)
        {
            return false;
        }
    }

    /// <summary>Taken whole or not at all.</summary>
    private static bool Snapshot(StoredFiles files, string path)
    {
        // The epoch that the file says it is of, so that those of other catalogs are read on.
        var bytes = File.ReadAllBytes(path);
        var epoch = bytes.Length < 16 ? 0 : BitConverter.ToInt64(bytes, 8);
        if (SnapshotReader.TryRead(FeedFiles.Disk, path, files.Descriptions, epoch) is not { } loaded)
            return false;
        loaded.Table.Descriptions.Dispose();
        return true;
    }
}
