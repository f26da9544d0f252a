using System.Buffers;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Signalling;
using Datt.Paid.Signalling;
using Datt.Paid.WebSockets;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>Messages and frames of peers, and what servers pass on of them.</summary>
internal static class SignallingTargets
{
    private const int MaxMessage = 64 * 1024;

    public static IEnumerable<FuzzTarget> All() =>
    [
        new("peer-message", [Offer(), """{"type":"HEARTBEAT"}"""u8.ToArray(), """{"type":"LEAVE","dst":"b"}"""u8.ToArray()], Message),
        new("peer-frames", [Frames()], ReadFrames),
        new("handshake", [Handshake()], bytes => UpgradeRequest.Look(new ReadOnlySequence<byte>(bytes), out _, out _) == FirstLook.Handshake),
        new("relay-batch", [RelayWire.Write(new RelayBatch(["a", "b"], [new WaitingSignal(SignalKind.Offer, "a", "b", "{\"sdp\":[1,null]}"u8.ToArray())]))], Batch),
        new("relay-answer", [RelayWire.Write(new RelayAnswer(["a"], [0, 5]))], Answer),
    ];

    private static byte[] Offer() => """{"type":"OFFER","dst":"peer-2","payload":{"sdp":{"type":"offer","sdp":"v=0\r\n"},"connectionId":"dc_1"}}"""u8.ToArray();

    private static bool Message(byte[] bytes)
    {
        if (!SignalText.TryRead(bytes, out var text))
            return false;
        if (text.Kind is SignalKind.Unknown or SignalKind.Heartbeat || text.Dst is null)
            return true;
        // What goes on to the other peer is one message with the same payload.
        var into = new ArrayBufferWriter<byte>();
        SignalWriter.Write(into, text.Kind, "src", text.Dst, text.Payload);
        Must.Hold(SignalText.TryRead(into.WrittenSpan, out var again) && again.Kind == text.Kind && again.Dst == text.Dst, "a message that goes on cannot be read");
        Must.Same(text.Payload, again.Payload);
        return true;
    }

    private static byte[] Masked(byte first, string payload)
    {
        var bytes = Encoding.UTF8.GetBytes(payload);
        byte[] mask = [0x5a, 0x3c, 0x96, 0x71];
        return [first, (byte)(0x80 | bytes.Length), .. mask, .. bytes.Select((b, i) => (byte)(b ^ mask[i & 3]))];
    }

    private static byte[] Frames() => [.. Masked(0x81, "{\"type\":\"HEARTBEAT\"}"), .. Masked(0x01, "{\"a\":"), .. Masked(0x89, "ping"), .. Masked(0x80, "1}"), .. Masked(0x88, "")];

    /// <summary>However the bytes are cut into pieces, the frames are the same.</summary>
    private static bool ReadFrames(byte[] bytes)
    {
        var whole = Outcomes(bytes, bytes.Length);
        Must.Hold(whole.SequenceEqual(Outcomes(bytes, 3)), "pieces of a stream read otherwise than the whole");
        return whole.Count > 0 && whole[^1].Kind is Incoming.Close;
    }

    private static List<(Incoming Kind, string Payload)> Outcomes(byte[] bytes, int piece)
    {
        var reader = new FrameReader(MaxMessage);
        var outcomes = new List<(Incoming, string)>();
        for (int there = 0, read = 0; there < bytes.Length;)
        {
            there = Math.Min(bytes.Length, there + piece);
            while (true)
            {
                var input = new ReadOnlySequence<byte>(bytes, read, there - read);
                var left = input.Length;
                var kind = reader.Read(ref input, out var payload);
                read += (int)(left - input.Length);
                if (kind == Incoming.Incomplete)
                    break;
                outcomes.Add((kind, kind is Incoming.Fault ? $"{reader.CloseWith}" : Convert.ToBase64String(payload)));
                if (kind is Incoming.Close or Incoming.Fault)
                    return outcomes;
            }
        }
        return outcomes;
    }

    private static byte[] Handshake() =>
        "GET /peerjs?key=peerjs&id=a&token=t HTTP/1.1\r\nHost: example.org\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n\r\n"u8.ToArray();

    private static bool Batch(byte[] bytes)
    {
        if (!RelayWire.TryRead(bytes, out RelayBatch? batch))
            return false;
        Must.Hold(batch.Lookups.Count <= RelayWire.MaxItems && batch.Signals.Count <= RelayWire.MaxItems, "a call asks for too much");
        Must.Hold(
            RelayWire.TryRead(RelayWire.Write(batch), out RelayBatch? again) && again.Lookups.SequenceEqual(batch.Lookups) && again.Signals.Count == batch.Signals.Count,
            "a call that was read cannot be written");
        foreach (var signal in batch.Signals.Where(s => s.Payload.Length > 0))
        {
            using var json = JsonDocument.Parse(signal.Payload);
        }
        return true;
    }

    private static bool Answer(byte[] bytes)
    {
        if (!RelayWire.TryRead(bytes, out RelayAnswer? answer))
            return false;
        Must.Hold(
            RelayWire.TryRead(RelayWire.Write(answer), out RelayAnswer? again) && again.Open.SequenceEqual(answer.Open) && again.Undelivered.SequenceEqual(answer.Undelivered),
            "an answer that was read cannot be written");
        return true;
    }
}
