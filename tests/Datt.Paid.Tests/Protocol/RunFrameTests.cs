using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Tests.Protocol;

public sealed class RunFrameTests
{
    [Fact]
    public void Every_byte_of_a_run_leads_to_a_frame_and_all_frames_are_led_to()
    {
        var records = RunSamples.Long(60, 5_000).ToList();
        var (bytes, _) = RunSamples.Write(new RunScope(0, 1, 60), records);
        var run = RunSamples.Open(bytes);
        Assert.True(run.Frames > 2);
        var frames = Enumerable.Range(0, bytes.Length).Select(offset => run.FrameAt(offset)).ToList();
        Assert.Equal(frames.Order(), frames);
        Assert.Equal(Enumerable.Range(0, run.Frames), frames.Distinct());
        Assert.Equal(records.Select(r => Convert.ToHexStringLower(RecordCodec.Encode(r))), frames.Distinct().SelectMany(frame => RecordsIn(run, frame)));

        // What lies in the middle of a frame's bytes is that frame's and no other's.
        for (var frame = 1; frame < run.Frames - 1; frame++)
        {
            var spoilt = bytes.ToArray();
            var middle = (frames.IndexOf(frame) + frames.LastIndexOf(frame)) / 2;
            spoilt.AsSpan(middle, 8).Fill(0xFF);
            var other = RunSamples.Open(spoilt);
            Assert.NotEqual(RecordsIn(run, frame), RecordsIn(other, frame));
            Assert.All(Enumerable.Range(0, run.Frames).Where(f => f != frame), f => Assert.Equal(RecordsIn(run, f), RecordsIn(other, f)));
        }
    }

    [Fact]
    public void A_run_without_records_has_no_frame()
    {
        var (bytes, _) = RunSamples.Write(new RunScope(1, 1, 5), Array.Empty<ContentRecord>());
        Assert.Equal(-1, RunSamples.Open(bytes).FrameAt(3));
    }

    private static List<string> RecordsIn(RunReader run, int frame)
    {
        var read = new List<string>();
        using var cursor = run.RecordsFrom(frame);
        while (cursor.MoveNext())
        {
            read.Add(Convert.ToHexStringLower(cursor.Current.Bytes));
            if (cursor.IsAtFrameEnd)
                break;
        }

        return read;
    }
}
