using System.Formats.Cbor;
using System.Text;
using Datt.Paid.Protocol.Records;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class RecordCodecTests
{
    private static readonly ContentRecord Least = new("n", "c", 1, 0, new Description { Title = "t" });

    [Property]
    public void Whatever_is_encoded_decodes_to_the_same_record(uint seed)
    {
        var record = new RecordSamples(seed).Record(50, 50, 1 + seed);
        var bytes = RecordCodec.Encode(record);
        Assert.True(RecordCodec.TryDecode(bytes, out var back, out var fault), fault.ToString());
        Assert.Equal(record with { Description = null }, back with { Description = null });
        Assert.Equivalent(record.Description, back.Description, strict: true);
    }

    [Property]
    public void An_independent_reader_finds_the_bytes_canonical(uint seed)
    {
        var record = new RecordSamples(seed).Record(50, 50, 1 + seed);
        var reader = new CborReader(RecordCodec.Encode(record), CborConformanceMode.Canonical);
        Assert.Equal(5, reader.ReadStartArray());
        Assert.Equal(record.NodeId, reader.ReadTextString());
        Assert.Equal(record.ContentId, reader.ReadTextString());
        Assert.Equal(record.Seq, reader.ReadInt64());
        Assert.Equal(record.AnnouncedAt, reader.ReadInt64());
        if (record.Description is not { } description)
        {
            reader.ReadNull();
            return;
        }

        Assert.Equal(10, reader.ReadStartArray());
        Assert.Equal(description.Title, reader.ReadTextString());
        Assert.Equal(description.Summary, reader.ReadTextString());
        for (var i = 0; i < 8; i++)
            reader.SkipValue();
        reader.ReadEndArray();
        reader.ReadEndArray();
        Assert.Equal(0, reader.BytesRemaining);
    }

    [Property]
    public void Bytes_that_decode_are_the_only_encoding_of_what_they_mean(uint seed)
    {
        var samples = new RecordSamples(seed);
        var bytes = RecordCodec.Encode(samples.Record(5, 5, 1 + seed));
        bytes[samples.Next(bytes.Length)] ^= (byte)(1 << samples.Next(8));
        if (RecordCodec.TryDecode(bytes, out var other, out _))
            Assert.Equal(bytes, RecordCodec.Encode(other));
    }

    [Property(MaxTest = 1_000)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes)
    {
        Assert.Equal(RecordCodec.TryDecode(bytes, out _, out var fault), fault == DecodeFault.None);
        Assert.Equal(DescriptionCodec.TryDecode(bytes, out _, out fault), fault == DecodeFault.None);
    }

    [Property]
    public void Every_shortened_record_is_truncated(uint seed)
    {
        var samples = new RecordSamples(seed);
        var bytes = RecordCodec.Encode(samples.Record(5, 5, 1 + seed));
        Assert.False(RecordCodec.TryDecode(bytes.AsSpan(0, samples.Next(bytes.Length)), out _, out var fault));
        Assert.Equal(DecodeFault.Truncated, fault);
    }

    [Theory]
    [InlineData("85616e6163010000", DecodeFault.Malformed)] // a number where the description belongs
    [InlineData("85616e61630100f6", DecodeFault.None)]
    [InlineData("85616e61630100f600", DecodeFault.Malformed)] // a byte left over
    [InlineData("85616e616301 1800 f6", DecodeFault.NotCanonical)] // 0 in two bytes
    [InlineData("9f616e61630100f6ff", DecodeFault.NotCanonical)] // indefinite array
    [InlineData("85 7801 6e 61630100f6", DecodeFault.NotCanonical)] // length 1 in two bytes
    [InlineData("85 7f616eff 61630100f6", DecodeFault.NotCanonical)] // text in chunks
    [InlineData("85 416e 61630100f6", DecodeFault.Malformed)] // bytes for text
    [InlineData("85616e61630000f6", DecodeFault.OverLimit)] // seq 0
    [InlineData("85616e61632000f6", DecodeFault.OverLimit)] // seq -1
    [InlineData("85616e61631bffffffffffffffff00f6", DecodeFault.OverLimit)] // seq beyond 63 bits
    [InlineData("85616e6163fb3ff000000000000000f6", DecodeFault.Malformed)] // a float
    [InlineData("85612061630100f6", DecodeFault.Malformed)] // a blank in the nodeId
    [InlineData("85616e61200100f6", DecodeFault.Malformed)] // a blank in the contentId
    [InlineData("85616e61ff0100f6", DecodeFault.Malformed)] // no UTF-8
    [InlineData("85616e7bffffffffffffffff", DecodeFault.OverLimit)] // a length of 2^64 - 1
    [InlineData("8561", DecodeFault.Truncated)]
    [InlineData("", DecodeFault.Truncated)]
    public void Deviations_are_named(string hex, DecodeFault expected)
    {
        var bytes = Convert.FromHexString(hex.Replace(" ", "", StringComparison.Ordinal));
        Assert.Equal(expected == DecodeFault.None, RecordCodec.TryDecode(bytes, out _, out var fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void Every_limit_holds_on_the_way_in()
    {
        var description = Encode(Least.Description!);
        Assert.True(DescriptionCodec.TryDecode(description, out _, out _));
        foreach (var (from, to, expected) in new[]
        {
            ("61" + "74", "60", DecodeFault.OverLimit), // an empty title
            ("6174", "6101", DecodeFault.NotCanonical), // a control character
            ("6174", "62c285", DecodeFault.NotCanonical), // a C1 control
            ("6174", "62c2a0", DecodeFault.None), // a no-break space
            ("6174", "7903e9" + Repeat("74", 1_001), DecodeFault.OverLimit),
            ("6174", "7903e8" + Repeat("74", 1_000), DecodeFault.None),
            ("80", "9821" + Repeat("6174", 33), DecodeFault.OverLimit),
            ("80", "9820" + Repeat("6174", 32), DecodeFault.None),
            ("80", "8160", DecodeFault.OverLimit), // an empty tag
            ("f6f6f6f6f6f6", "f669546578742f48746d6cf6f6f6f6", DecodeFault.NotCanonical), // Text/Html
            ("f6f6f6f6f6f6", "f6f662454ef6f6f6", DecodeFault.NotCanonical), // EN
            ("f6f6f6f6f6f6", "f6f6f620f6f6", DecodeFault.OverLimit), // size -1
            ("f6f6f6f6f6f6", "f6f6f6f63b7fffffffffffffff f6", DecodeFault.OverLimit), // published in the year minus 292 million
            ("f6f6f6f6f6f6", "f6f6f6f6f6" + "6c" + Convert.ToHexString("javascript:x"u8), DecodeFault.NotCanonical),
        })
        {
            var hex = Convert.ToHexStringLower(description);
            var at = hex.LastIndexOf(from, StringComparison.Ordinal);
            var changed = Convert.FromHexString(hex[..at] + to.Replace(" ", "", StringComparison.Ordinal) + hex[(at + from.Length)..]);
            DescriptionCodec.TryDecode(changed, out _, out var fault);
            Assert.True(expected == fault, $"{from} -> {to[..Math.Min(to.Length, 40)]}: {fault} instead of {expected}");
        }

        static string Repeat(string hex, int times) => string.Concat(Enumerable.Repeat(hex, times));
        static byte[] Encode(Description d) => DescriptionCodec.Encode(d);
    }

    [Fact]
    public void The_largest_record_there_can_be_fits_and_decodes()
    {
        var record = new ContentRecord(new string('n', 64), new string('c', 200), long.MaxValue, RecordLimits.LatestTime, new Description
        {
            Title = new string('t', 1_000),
            Summary = new string('s', 30_000),
            Label = new string('l', 200),
            Tags = [.. Enumerable.Repeat(new string('g', 200), 32)],
            Author = new string('a', 200),
            Type = new string('x', 127) + "/" + new string('y', 127),
            Language = "en-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefgh-abcdefg",
            Size = RecordLimits.Size,
            PublishedAt = RecordLimits.LatestTime,
            Url = "https:" + new string('u', 1_994),
        });
        var bytes = RecordCodec.Encode(record);
        Assert.True(bytes.Length <= RecordCodec.MaxBytes);
        Assert.True(RecordCodec.TryDecode(bytes, out _, out var fault), fault.ToString());
    }

    [Fact]
    public void A_description_that_nobody_would_accept_is_not_encoded()
    {
        foreach (var title in new[] { "\ud800", "\u0007", "", new string('t', 1_001) })
            Assert.ThrowsAny<ArgumentException>(() => RecordCodec.Encode(Least with { Description = new Description { Title = title } }));
        Assert.ThrowsAny<ArgumentException>(() => RecordCodec.Encode(Least with { Seq = 0 }));
        Assert.ThrowsAny<ArgumentException>(() => RecordCodec.Encode(Least with { NodeId = new string('n', 65) }));
        Assert.ThrowsAny<ArgumentException>(() => RecordCodec.Encode(Least with { ContentId = "ä" }));
    }

    [Fact]
    public void A_description_has_the_same_bytes_alone_and_inside_a_record()
    {
        var record = new RecordSamples(7).Record(1, 1, 9) with { Description = new RecordSamples(8).Description() };
        Assert.True(RecordCodec.TryRead(RecordCodec.Encode(record), out var view, out _));
        Assert.Equal(DescriptionCodec.Encode(record.Description), view.Description.ToArray());
        Assert.Equal(record.ContentId, Encoding.ASCII.GetString(view.ContentId));
    }
}
