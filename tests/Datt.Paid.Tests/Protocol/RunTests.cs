using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class RunTests
{
    private static readonly RunScope Scope = new(0, 1, 1_000_000);

    [Property(MaxTest = 30)]
    public void A_run_gives_back_what_was_written_and_finds_every_key(uint seed)
    {
        var samples = new RecordSamples(seed);
        var records = RunSamples.Newest(Enumerable.Range(1, samples.Next(400)).Select(seq => samples.Record(20, 50, seq)), false);
        var (bytes, info) = RunSamples.Write(Scope, records);
        var run = RunSamples.Open(bytes);
        Assert.Equal(records.Select(RecordSamples.Hex), RunSamples.Read(run));
        Assert.Equal((records.Count, bytes.Length, Scope), (info.Count, info.Bytes, run.Scope));
        Assert.Equal(RunFault.None, RunSamples.Verify(bytes, info));
        foreach (var record in records)
        {
            Assert.True(run.TryFind(record.NodeId, record.ContentId, out var found, out _));
            Assert.Equal(RecordSamples.Hex(record), RecordSamples.Hex(found));
            Assert.False(run.TryFind(record.NodeId, record.ContentId + "x", out _, out var fault));
            Assert.Equal(RunFault.None, fault);
        }
    }

    [Theory]
    [InlineData(0, 65_536)]
    [InlineData(1, 65_536)]
    [InlineData(2, 1_048_576)]
    [InlineData(3, 1_048_576)]
    public void A_frame_ends_with_the_record_that_fills_it(int level, int frame)
    {
        var records = RunSamples.Long(3 * frame / 20_000, 20_000).ToList();
        var frames = 0;
        var filled = 0;
        foreach (var record in records)
        {
            if (filled == 0)
                frames++;
            filled += RecordCodec.Encode(record).Length;
            filled = filled >= frame ? 0 : filled;
        }

        var (bytes, info) = RunSamples.Write(Scope with { Level = level }, records);
        Assert.Equal(frames, RunSamples.Open(bytes).Frames);
        Assert.True(frames > 2, "several frames are needed here");
        Assert.Equal(RunFault.None, RunSamples.Verify(bytes, info));
    }

    [Fact]
    public void The_header_names_format_and_encoder()
    {
        var (bytes, _) = RunSamples.Write(Scope, []);
        Assert.Equal("zstd 1.5.7 level 3", RunSamples.Open(bytes).Encoder);
        Assert.Equal("\u0086\u006adatt run 1\u0001\u0072zstd 1.5.7 level 3", System.Text.Encoding.Latin1.GetString(bytes.AsSpan(0, 32)));
    }

    [Fact]
    public void An_empty_run_is_a_run()
    {
        var (bytes, info) = RunSamples.Write(Scope, []);
        Assert.Equal(RunFault.None, RunSamples.Verify(bytes, info));
        Assert.Empty(RunSamples.Read(RunSamples.Open(bytes)));
        Assert.False(RunSamples.Open(bytes).TryFind("n", "c", out _, out _));
    }

    [Property(MaxTest = 200)]
    public void A_changed_byte_is_never_taken_for_the_listed_run_and_never_throws(uint seed)
    {
        var samples = new RecordSamples(seed);
        var records = RunSamples.Newest(Enumerable.Range(1, 60).Select(seq => samples.Record(5, 50, seq)), false);
        var (bytes, info) = RunSamples.Write(Scope, records);
        bytes[samples.Next(bytes.Length)] ^= (byte)(1 << samples.Next(8));
        Assert.Equal(RunFault.NotAsListed, RunSamples.Verify(bytes, info));
        Survives(bytes);
        Survives(bytes.AsSpan(0, samples.Next(bytes.Length)).ToArray());
    }

    [Property(MaxTest = 300)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes) => Survives(bytes);

    [Fact]
    public void Records_out_of_order_twice_or_out_of_range_are_a_fault_of_the_writer()
    {
        var description = new Description { Title = "t" };
        var record = new ContentRecord("b", "b", 5, 0, description);
        foreach (var next in new[]
        {
            record, record with { ContentId = "a" }, record with { NodeId = "a", ContentId = "c" },
            record with { ContentId = "c", Seq = 4 }, record with { ContentId = "c", Seq = 8 },
        })
        {
            using var writer = new RunWriter(new MemoryStream(), new RunScope(0, 5, 7));
            writer.Add(record);
            Assert.ThrowsAny<ArgumentException>(() => writer.Add(next));
        }
    }

    [Fact]
    public void A_shorter_id_comes_before_those_it_begins_and_node_counts_before_content()
    {
        var description = new Description { Title = "t" };
        var inOrder = new[] { ("a", "z"), ("a", "zz"), ("a-b", "a"), ("aa", "b"), ("b", "B"), ("b", "a") }
            .Select((k, i) => new ContentRecord(k.Item1, k.Item2, i + 1, 0, description)).ToList();
        Assert.Equal(6, RunSamples.Write(Scope, inOrder).Info.Count);
        Assert.Equal(inOrder, RunSamples.Newest(Enumerable.Reverse(inOrder), false));
    }

    [Fact]
    public void Frames_of_a_foreign_writer_are_checked_like_everything_else()
    {
        // The same records, framed as for a higher level: readable zstd, readable records, but not the format.
        var records = RunSamples.Long(8, 20_000).ToList();
        var high = RunSamples.Write(Scope with { Level = 2 }, records).Bytes;
        var levelAt = high.AsSpan().IndexOf("level 3"u8) + "level 3".Length;
        Assert.Equal(2, high[levelAt]);
        high[levelAt] = 0;
        Assert.False(RunReader.TryOpen(new MemoryRunBytes(high), out _, out var fault));
        Assert.Equal(RunFault.OverLimit, fault);
    }

    [Fact]
    public void Another_list_entry_is_not_this_run()
    {
        var (bytes, info) = RunSamples.Write(Scope, RunSamples.Long(3, 100));
        foreach (var other in new[]
        {
            info with { Count = 4 }, info with { Bytes = info.Bytes + 1 }, info with { Level = 1 }, info with { MinSeq = 2 },
            info with { MaxSeq = 9 }, info with { Id = default },
        })
            Assert.Equal(RunFault.NotAsListed, RunSamples.Verify(bytes, other));
    }

    private static void Survives(byte[] bytes)
    {
        if (!RunReader.TryOpen(new MemoryRunBytes(bytes), out var run, out var fault))
        {
            Assert.NotEqual(RunFault.None, fault);
            return;
        }

        using var cursor = run.Records();
        var count = 0;
        while (cursor.MoveNext())
            count++;
        Assert.True(cursor.Fault != RunFault.None || count == run.Count);
        run.TryFind("node-1", "c", out _, out _);
    }
}
