using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class RunMergerTests
{
    [Property(MaxTest = 40)]
    public void A_merge_is_what_a_dictionary_would_hold_whatever_was_merged_before(uint seed)
    {
        var samples = new RecordSamples(seed);
        var firstSeq = 1L + samples.Next(100);
        var (runs, records) = Feed(samples, firstSeq);
        var begin = samples.Next(runs.Count);
        var end = begin + 1 + samples.Next(runs.Count - begin);
        var chosen = runs[begin..end];
        var (low, high) = (chosen[0].Info.MinSeq, chosen[^1].Info.MaxSeq);
        var expected = RunSamples.Newest(records.Where(r => r.Seq >= low && r.Seq <= high), dropTombstones: low == firstSeq);

        var (direct, info) = RunSamples.Merge(chosen.Select(r => r.Bytes), 2, firstSeq);
        Assert.Equal(expected.Select(RecordSamples.Hex), RunSamples.Read(RunSamples.Open(direct)));
        Assert.Equal(new RunScope(2, low, high), info.Scope);
        Assert.Equal(RunFault.None, RunSamples.Verify(direct, info));

        var steps = chosen.Select(r => r.Bytes).ToList();
        while (steps.Count > 1)
        {
            var at = samples.Next(steps.Count - 1);
            var together = 2 + samples.Next(Math.Min(7, steps.Count - at - 1));
            var merged = RunSamples.Merge(steps.GetRange(at, together).OrderBy(_ => samples.Next(1_000)), samples.Next(4), firstSeq).Bytes;
            steps.RemoveRange(at, together);
            steps.Insert(at, merged);
        }

        Assert.Equal(info, RunSamples.Merge(steps, 2, firstSeq).Info);
    }

    [Fact]
    public void A_deleted_record_stays_deleted_over_merges()
    {
        var put = new ContentRecord("n", "c", 1, 0, new Description { Title = "t" });
        var delete = new ContentRecord("n", "c", 2, 0, null);
        var a = RunSamples.Write(new RunScope(0, 1, 1), [put]).Bytes;
        var b = RunSamples.Write(new RunScope(0, 2, 2), [delete]).Bytes;
        Assert.Equal(0, RunSamples.Merge([a, b], 1, firstSeq: 1).Info.Count);
        // Of an epoch that began before, somebody may still hold a put of that key: the tombstone has to stay.
        var c = RunSamples.Write(new RunScope(0, 3, 3), []).Bytes;
        Assert.Equal(1, RunSamples.Merge([b, c], 1, firstSeq: 1).Info.Count);
    }

    [Fact]
    public void Runs_that_overlap_or_leave_a_gap_are_not_merged()
    {
        var empty = (long min, long max) => RunSamples.Open(RunSamples.Write(new RunScope(0, min, max), []).Bytes);
        foreach (var runs in new RunReader[][] { [empty(1, 4), empty(6, 9)], [empty(1, 4), empty(4, 9)], [empty(1, 9), empty(2, 3)] })
        {
            Assert.False(RunMerger.TryMerge(runs, 1, 1, new MemoryStream(), out _, out var fault, TestContext.Current.CancellationToken));
            Assert.Equal(RunFault.NotContiguous, fault);
        }

        Assert.False(RunMerger.TryMerge([], 1, 1, new MemoryStream(), out _, out var none, TestContext.Current.CancellationToken));
        Assert.Equal(RunFault.OverLimit, none);
    }

    [Fact]
    public void A_merge_of_a_damaged_run_ends_with_its_fault()
    {
        var good = RunSamples.Write(new RunScope(0, 1, 10), RunSamples.Long(10, 20_000)).Bytes;
        var empty = RunSamples.Open(RunSamples.Write(new RunScope(0, 11, 12), []).Bytes);
        good[200] ^= 0x10; // inside the first frame; header, index and trailer stay readable
        Assert.False(RunMerger.TryMerge([RunSamples.Open(good), empty], 1, 1, new MemoryStream(), out _, out var fault, TestContext.Current.CancellationToken));
        Assert.Contains(fault, new[] { RunFault.BadFrame, RunFault.BadRecord });
    }

    [Fact]
    public void A_merge_can_be_cancelled()
    {
        var run = RunSamples.Open(RunSamples.Write(new RunScope(0, 1, 10), RunSamples.Long(10, 100)).Bytes);
        Assert.Throws<OperationCanceledException>(() =>
            RunMerger.TryMerge([run], 1, 1, new MemoryStream(), out _, out _, new CancellationToken(canceled: true)));
    }

    private static (List<(byte[] Bytes, RunInfo Info)> Runs, List<ContentRecord> Records) Feed(RecordSamples samples, long firstSeq)
    {
        var runs = new List<(byte[], RunInfo)>();
        var all = new List<ContentRecord>();
        var seq = firstSeq;
        for (var i = 1 + samples.Next(12); i > 0; i--)
        {
            var scope = new RunScope(0, seq, seq + samples.Next(40));
            var records = new List<ContentRecord>();
            for (; seq <= scope.MaxSeq; seq++)
                records.Add(samples.Record(3, 10, seq));
            runs.Add(RunSamples.Write(scope, RunSamples.Newest(records, dropTombstones: false)));
            all.AddRange(records);
        }

        return (runs, all);
    }
}
