using System.Buffers;
using System.Text;
using System.Text.Json;

namespace Datt.Paid.Signalling;

/// <summary>Messages that peers send each other or the server, named as in the PeerJS protocol.</summary>
public enum SignalKind
{
    /// <summary>Not one that a client may send; passed over.</summary>
    Unknown,
    Heartbeat,
    Offer,
    Answer,
    Candidate,
    Leave,
    Expire,
}

/// <summary>A message of a client, still in the bytes it came in.</summary>
public ref struct SignalText
{
    public SignalKind Kind;

    /// <summary>Null where there is none, or none that a peer can have.</summary>
    public string? Dst;

    /// <summary>The payload's JSON as it was sent; empty where there is none.</summary>
    public ReadOnlySpan<byte> Payload;

    private static ReadOnlySpan<byte> PlainHeartbeat => "{\"type\":\"HEARTBEAT\"}"u8;

    /// <summary>Reads a message. Whom the client says it comes from is not looked at.</summary>
    /// <returns>False where it is not a JSON object, or has unpaired surrogates in it.</returns>
    public static bool TryRead(ReadOnlySpan<byte> utf8, out SignalText text)
    {
        text = default;
        if (utf8.SequenceEqual(PlainHeartbeat))
        {
            text.Kind = SignalKind.Heartbeat;
            return true;
        }
        try
        {
            return TryReadObject(utf8, ref text);
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false;
        }
    }

    private static bool TryReadObject(ReadOnlySpan<byte> utf8, ref SignalText text)
    {
        var json = new Utf8JsonReader(utf8);
        if (!json.Read() || json.TokenType != JsonTokenType.StartObject)
            return false;
        while (json.Read() && json.TokenType == JsonTokenType.PropertyName)
        {
            var name = json.ValueTextEquals("type"u8) ? 't' : json.ValueTextEquals("dst"u8) ? 'd' : json.ValueTextEquals("payload"u8) ? 'p' : ' ';
            json.Read();
            if (name == 't')
                text.Kind = json.TokenType == JsonTokenType.String ? KindOf(ref json) : SignalKind.Unknown;
            else if (name == 'd')
                text.Dst = json.TokenType == JsonTokenType.String && IdOf(ref json) is { } id ? id : null;
            var start = (int)json.TokenStartIndex;
            json.Skip();
            if (name == 'p')
                text.Payload = utf8[start..(int)json.BytesConsumed];
        }
        // Anything after the object makes it no message.
        return json.TokenType == JsonTokenType.EndObject && !json.Read();
    }

    private static SignalKind KindOf(ref Utf8JsonReader json)
    {
        if (json.ValueTextEquals("CANDIDATE"u8))
            return SignalKind.Candidate;
        if (json.ValueTextEquals("OFFER"u8))
            return SignalKind.Offer;
        if (json.ValueTextEquals("ANSWER"u8))
            return SignalKind.Answer;
        if (json.ValueTextEquals("HEARTBEAT"u8))
            return SignalKind.Heartbeat;
        if (json.ValueTextEquals("LEAVE"u8))
            return SignalKind.Leave;
        return json.ValueTextEquals("EXPIRE"u8) ? SignalKind.Expire : SignalKind.Unknown;
    }

    private static string? IdOf(ref Utf8JsonReader json)
    {
        if (json.ValueSpan.Length > PeerId.MaxLength * 6)
            return null;
        Span<char> id = stackalloc char[json.ValueSpan.Length];
        var length = json.CopyString(id);
        return PeerId.IsLegal(id[..length]) ? new string(id[..length]) : null;
    }
}

/// <summary>Messages as they go out.</summary>
public static class SignalWriter
{
    public static ReadOnlySpan<byte> Open => "{\"type\":\"OPEN\"}"u8;

    public static ReadOnlySpan<byte> IdTaken => "{\"type\":\"ID-TAKEN\",\"payload\":{\"msg\":\"ID is taken\"}}"u8;

    /// <summary>How a kind is written. <see cref="SignalKind.Unknown"/> and heartbeats never go out.</summary>
    public static ReadOnlySpan<byte> NameOf(SignalKind kind) => kind switch
    {
        SignalKind.Offer => "OFFER"u8,
        SignalKind.Answer => "ANSWER"u8,
        SignalKind.Candidate => "CANDIDATE"u8,
        SignalKind.Leave => "LEAVE"u8,
        _ => "EXPIRE"u8,
    };

    /// <summary>An error of the server, for the client's console.</summary>
    public static byte[] Error(string message)
    {
        var into = new ArrayBufferWriter<byte>(128);
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        json.WriteString("type", "ERROR");
        json.WriteStartObject("payload");
        json.WriteString("msg", message);
        json.WriteEndObject();
        json.WriteEndObject();
        json.Flush();
        return into.WrittenSpan.ToArray();
    }

    /// <summary>A message from one peer to another. Both ids are legal ones, and the payload is JSON or empty.</summary>
    public static void Write(IBufferWriter<byte> into, SignalKind kind, string src, string dst, ReadOnlySpan<byte> payload)
    {
        into.Write("{\"type\":\""u8);
        into.Write(NameOf(kind));
        into.Write("\",\"src\":\""u8);
        WriteId(into, src);
        into.Write("\",\"dst\":\""u8);
        WriteId(into, dst);
        if (payload.Length > 0)
        {
            into.Write("\",\"payload\":"u8);
            into.Write(payload);
            into.Write("}"u8);
        }
        else
            into.Write("\"}"u8);
    }

    private static void WriteId(IBufferWriter<byte> into, string id)
    {
        Ascii.FromUtf16(id, into.GetSpan(id.Length), out var written);
        into.Advance(written);
    }
}
