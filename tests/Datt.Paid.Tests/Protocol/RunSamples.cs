using System.Text;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Tests.Protocol;

/// <summary>Runs in memory, and the simplest thing that merges them: a sorted dictionary.</summary>
public static class RunSamples
{
    /// <summary>Of each key the newest record, in key order.</summary>
    public static List<ContentRecord> Newest(IEnumerable<ContentRecord> records, bool dropTombstones)
    {
        var newest = new SortedDictionary<string, ContentRecord>(StringComparer.Ordinal);
        foreach (var record in records)
        {
            // All bytes of an id come after NUL, so a nodeId that begins another sorts before it.
            var key = record.NodeId + "\0" + record.ContentId;
            if (!newest.TryGetValue(key, out var known) || known.Seq < record.Seq)
                newest[key] = record;
        }

        return [.. newest.Values.Where(r => !(dropTombstones && r.IsTombstone))];
    }

    public static (byte[] Bytes, RunInfo Info) Write(RunScope scope, IEnumerable<ContentRecord> inKeyOrder)
    {
        var output = new MemoryStream();
        using var writer = new RunWriter(output, scope);
        foreach (var record in inKeyOrder)
            writer.Add(record);
        var info = writer.Complete();
        return (output.ToArray(), info);
    }

    public static RunReader Open(byte[] bytes)
    {
        Assert.True(RunReader.TryOpen(new MemoryRunBytes(bytes), out var run, out var fault), fault.ToString());
        return run;
    }

    public static RunFault Verify(byte[] bytes, RunInfo listed) =>
        RunReader.Verify(new MemoryRunBytes(bytes), listed, TestContext.Current.CancellationToken);

    public static (byte[] Bytes, RunInfo Info) Merge(IEnumerable<byte[]> runs, int level, long firstSeq)
    {
        var output = new MemoryStream();
        var ct = TestContext.Current.CancellationToken;
        Assert.True(RunMerger.TryMerge([.. runs.Select(Open)], level, firstSeq, output, out var info, out var fault, ct), fault.ToString());
        return (output.ToArray(), info);
    }

    public static List<string> Read(RunReader run)
    {
        var records = new List<string>();
        using var cursor = run.Records();
        while (cursor.MoveNext())
            records.Add(Convert.ToHexStringLower(cursor.Current.Bytes));
        Assert.Equal(RunFault.None, cursor.Fault);
        return records;
    }

    /// <summary>Records with long, repetitive summaries, so that few of them fill several frames and compress well.</summary>
    public static IEnumerable<ContentRecord> Long(int count, int bytesEach, int node = 0) => Enumerable.Range(0, count).Select(i => new ContentRecord(
        $"node-{node}", $"item:{i:000000}", i + 1, 1_700_000_000_000 + i, new Description { Title = $"Item {i}", Summary = Repeat($"The text of item {i}. ", bytesEach) }));

    private static string Repeat(string text, int bytes) => new StringBuilder().Insert(0, text, bytes / text.Length).ToString();
}
