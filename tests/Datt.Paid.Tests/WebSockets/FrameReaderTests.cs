using System.Buffers;
using System.Text;
using Datt.Paid.WebSockets;
using FsCheck;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.WebSockets;

/// <summary>RFC 6455, case by case as the Autobahn test suite goes through it.</summary>
public class FrameReaderTests
{
    private const int Max = 1_000;

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(125)]
    [InlineData(126)]
    [InlineData(127)]
    [InlineData(999)]
    [InlineData(1_000)]
    public void A_message_of_any_length_comes_out_as_it_was_sent(int length)
    {
        var text = new string('x', length);
        Assert.Equal([$"message {text}"], Read(ClientFrames.Text(text)));
    }

    [Fact]
    public void A_message_has_a_bounded_number_of_fragments_even_empty_ones()
    {
        byte[] open = [.. ClientFrames.Frame(0x01, "a"u8), .. Enumerable.Range(0, 500).SelectMany(_ => ClientFrames.Frame(0x00, ""u8))];
        Assert.Empty(Read(open));
        Assert.Equal(["message a"], Read([.. open, .. ClientFrames.Frame(0x80, ""u8)]));
        Assert.Equal(["fault 1008"], Read([.. open, .. Enumerable.Range(0, 1_000).SelectMany(_ => ClientFrames.Frame(0x00, ""u8))]));
    }

    [Theory]
    [InlineData(0x81, true)]
    [InlineData(0x82, false)]
    public void Text_and_bytes_can_be_told_apart(int firstByte, bool isText)
    {
        var reader = new FrameReader(Max);
        var input = new ReadOnlySequence<byte>([.. ClientFrames.Frame(firstByte & 0x0f, "a"u8), .. ClientFrames.Frame(0x80, "b"u8)]);
        Assert.Equal(Incoming.Message, reader.Read(ref input, out _));
        Assert.Equal(isText, reader.IsText);
    }

    [Theory]
    [InlineData("", "")]
    [InlineData("gone", "gone")]
    [InlineData("é", "é")]
    public void A_goodbye_says_why_and_is_cut_to_what_fits(string reason, string said)
    {
        foreach (var (text, expected) in new[] { (reason, said), (new string('é', 100), new string('é', 61)) })
        {
            var into = new ArrayBufferWriter<byte>();
            FrameWriter.WriteClose(into, CloseCode.Policy, text);
            Assert.Equal([0x88, (byte)(into.WrittenCount - 2), 0x03, 0xf0], into.WrittenSpan[..4].ToArray());
            Assert.Equal(expected, Encoding.UTF8.GetString(into.WrittenSpan[4..]));
        }
    }

    [Fact]
    public void A_large_message_is_read_where_the_limit_allows_it()
    {
        var text = new string('é', 40_000);
        Assert.Equal([$"message {text}"], Read(ClientFrames.Text(text), max: 100_000));
    }

    [Fact]
    public void Fragments_make_one_message_and_control_frames_may_stand_between_them()
    {
        byte[] bytes =
        [
            .. ClientFrames.Frame(0x01, "frag"u8), .. ClientFrames.Frame(0x89, "are you there"u8), .. ClientFrames.Frame(0x00, ""u8),
            .. ClientFrames.Frame(0x8a, ""u8), .. ClientFrames.Frame(0x80, "ments"u8), .. ClientFrames.Text("next"),
        ];
        Assert.Equal(["ping are you there", "pong", "message fragments", "message next"], Read(bytes));
    }

    [Fact]
    public void A_character_may_be_cut_by_fragments()
    {
        var euro = "€"u8.ToArray();
        Assert.Equal(["message €"], Read([.. ClientFrames.Frame(0x01, euro.AsSpan(0, 1)), .. ClientFrames.Frame(0x80, euro.AsSpan(1))]));
    }

    public static TheoryData<string, byte[], int> Faults => new()
    {
        { "the first reserved bit", ClientFrames.Frame(0xc1, "x"u8), 1002 },
        { "the second reserved bit", ClientFrames.Frame(0xa1, "x"u8), 1002 },
        { "the third reserved bit", ClientFrames.Frame(0x91, "x"u8), 1002 },
        { "an unknown data frame", ClientFrames.Frame(0x83, "x"u8), 1002 },
        { "an unknown control frame", ClientFrames.Frame(0x8b, "x"u8), 1002 },
        { "no mask", ClientFrames.Frame(0x81, "x"u8, isMasked: false), 1002 },
        { "a continuation of nothing", ClientFrames.Frame(0x80, "x"u8), 1002 },
        { "a message within a message", [.. ClientFrames.Frame(0x01, "x"u8), .. ClientFrames.Frame(0x81, "y"u8)], 1002 },
        { "a ping in fragments", ClientFrames.Frame(0x09, "x"u8), 1002 },
        { "a ping of 126 bytes", ClientFrames.Frame(0x89, new byte[126]), 1002 },
        { "a close of one byte", ClientFrames.Frame(0x88, "x"u8), 1002 },
        { "a length that a shorter form could say", [0x81, 0xfe, 0, 5, 0, 0, 0, 0, 1, 2, 3, 4, 5], 1002 },
        { "a length that two bytes could say", [0x81, 0xff, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0], 1002 },
        { "a negative length", [0x81, 0xff, 0x80, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0], 1002 },
        { "no UTF-8", ClientFrames.Text([0xc3, 0x28]), 1007 },
        { "a surrogate in UTF-8", ClientFrames.Text([0xed, 0xa0, 0x80]), 1007 },
        { "no UTF-8, once joined", [.. ClientFrames.Frame(0x01, [0xe2, 0x82]), .. ClientFrames.Frame(0x80, "x"u8)], 1007 },
        { "a reason that is no UTF-8", ClientFrames.Frame(0x88, [0x03, 0xe8, 0xff]), 1007 },
        { "one byte too many", ClientFrames.Text(new string('x', Max + 1)), 1009 },
        { "fragments that are too much together", [.. ClientFrames.Frame(0x01, new byte[600]), .. ClientFrames.Frame(0x00, new byte[401])], 1009 },
        { "the mere announcement of 8 exabytes", [0x81, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0], 1009 },
    };

    [Theory]
    [MemberData(nameof(Faults))]
    public void What_no_client_may_send_is_answered_by_its_code(string what, byte[] bytes, int code) =>
        Assert.True(Read(bytes).Last() == $"fault {code}", what + " gave " + Read(bytes).Last());

    [Theory]
    [InlineData(999, false)]
    [InlineData(1000, true)]
    [InlineData(1003, true)]
    [InlineData(1004, false)]
    [InlineData(1005, false)]
    [InlineData(1006, false)]
    [InlineData(1007, true)]
    [InlineData(1014, true)]
    [InlineData(1015, false)]
    [InlineData(2999, false)]
    [InlineData(3000, true)]
    [InlineData(4999, true)]
    [InlineData(5000, false)]
    public void A_client_closes_with_a_code_that_is_for_it(int code, bool isLegal) => Assert.Equal(
        [isLegal ? $"close {code}" : "fault 1002"], Read(ClientFrames.Frame(0x88, [(byte)(code >> 8), (byte)code, .. "bye"u8])));

    [Fact]
    public void A_close_without_a_code_is_answered_by_1000() => Assert.Equal(["close 1000"], Read(ClientFrames.Frame(0x88, [])));

    [Property(MaxTest = 300)]
    public void However_the_bytes_arrive_the_same_comes_out(NonEmptyString[] texts, byte[] cuts, int seed)
    {
        var random = new Random(seed);
        var bytes = texts.SelectMany(text => Fragmented(random, Encoding.UTF8.GetBytes(Scalar(text.Get)))).ToArray();
        var atOnce = Read(bytes, max: 100_000);
        Assert.Equal(texts.Select(text => "message " + Scalar(text.Get)), atOnce.Where(line => line.StartsWith("message", StringComparison.Ordinal)));
        Assert.Equal(atOnce, ReadInPieces(bytes, cuts));
    }

    [Property(MaxTest = 2_000)]
    public void Any_bytes_come_to_an_end(byte[] bytes, byte[] cuts)
    {
        // The first byte is that of a plain frame now and then, so that something lies behind it.
        if (bytes.Length > 1 && bytes[0] % 2 == 0)
            (bytes[0], bytes[1]) = (0x81, (byte)(0x80 | (bytes[1] & 0x0f)));
        Assert.Equal(Read(bytes, max: 64), ReadInPieces(bytes, cuts, max: 64));
    }

    private static IEnumerable<byte> Fragmented(Random random, byte[] message)
    {
        var isFirst = true;
        var rest = message.AsMemory();
        do
        {
            var take = random.Next(rest.Length + 1);
            var isLast = take == rest.Length;
            foreach (var b in ClientFrames.Frame((isLast ? 0x80 : 0) | (isFirst ? 1 : 0), rest.Span[..take], (uint)random.Next()))
                yield return b;
            if (random.Next(3) == 0 && !isLast)
            {
                foreach (var b in ClientFrames.Frame(0x89, "p"u8))
                    yield return b;
            }
            rest = rest[take..];
            isFirst = false;
            if (isLast)
                yield break;
        }
        while (true);
    }

    private static string Scalar(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static List<string> Read(byte[] bytes, int max = Max) => ReadInPieces(bytes, [], max);

    // As a connection does it: what is incomplete stays, and the next piece is put behind it.
    private static List<string> ReadInPieces(byte[] bytes, byte[] cuts, int max = 100_000)
    {
        var reader = new FrameReader(max);
        var lines = new List<string>();
        var rest = Array.Empty<byte>();
        var from = 0;
        foreach (var to in cuts.Select(cut => cut * bytes.Length / 256).Append(bytes.Length).Order())
        {
            var there = rest.Concat(bytes[from..to]).ToArray();
            var input = ClientFrames.Cut(there, cuts.Select(cut => (int)cut));
            from = to;
            Incoming incoming;
            while ((incoming = reader.Read(ref input, out var payload)) != Incoming.Incomplete)
            {
                lines.Add(Line(incoming, payload, reader.CloseWith));
                if (incoming is Incoming.Fault or Incoming.Close)
                    return lines;
            }
            rest = input.ToArray();
        }
        return lines;
    }

    private static string Line(Incoming incoming, ReadOnlySpan<byte> payload, ushort code) => incoming switch
    {
        Incoming.Message => "message " + Encoding.UTF8.GetString(payload),
        Incoming.Ping => "ping " + Encoding.UTF8.GetString(payload),
        Incoming.Pong => "pong",
        Incoming.Close => $"close {code}",
        _ => $"fault {code}",
    };
}
