using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace Datt.Paid.Signalling;

/// <summary>What one server asks of another in one call: whether peers are open there, and to pass messages to them.</summary>
/// <param name="Lookups">Ids of peers.</param>
/// <param name="Signals">Messages from peers of the asking server to peers of the asked one.</param>
public sealed record RelayBatch(IReadOnlyList<string> Lookups, IReadOnlyList<WaitingSignal> Signals);

/// <summary>The answer to a <see cref="RelayBatch"/>.</summary>
/// <param name="Open">Those looked for that are open at the answering server.</param>
/// <param name="Undelivered">Indexes of messages that reached nobody.</param>
public sealed record RelayAnswer(IReadOnlyList<string> Open, IReadOnlyList<int> Undelivered);

/// <summary>
/// The bodies of <c>POST /federation/v1/signals</c>: <c>{"lookups":["id"],"signals":[{"type":"OFFER","src":"a","dst":"b","payload":…}]}</c>,
/// answered by <c>{"open":["id"],"undelivered":[0]}</c>.
/// </summary>
public static class RelayWire
{
    /// <summary>Most ids and most messages of one call, each.</summary>
    public const int MaxItems = 256;

    /// <summary>Largest body, in bytes: one message of the largest size fits whatever else is in it.</summary>
    public const int MaxBytes = 192 * 1_024;

    public static byte[] Write(RelayBatch batch)
    {
        var into = new ArrayBufferWriter<byte>(1_024);
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        WriteIds(json, "lookups", batch.Lookups);
        json.WriteStartArray("signals");
        foreach (var signal in batch.Signals)
        {
            json.WriteStartObject();
            json.WriteString("type"u8, SignalWriter.NameOf(signal.Kind));
            json.WriteString("src", signal.Src);
            json.WriteString("dst", signal.Dst);
            if (signal.Payload.Length > 0)
            {
                json.WritePropertyName("payload");
                json.WriteRawValue(signal.Payload);
            }
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return into.WrittenSpan.ToArray();
    }

    public static byte[] Write(RelayAnswer answer)
    {
        var into = new ArrayBufferWriter<byte>(256);
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        WriteIds(json, "open", answer.Open);
        json.WriteStartArray("undelivered");
        foreach (var index in answer.Undelivered)
            json.WriteNumberValue(index);
        json.WriteEndArray();
        json.WriteEndObject();
        json.Flush();
        return into.WrittenSpan.ToArray();
    }

    /// <summary>Reads what another server asks. False where it is not of this form or beyond its bounds.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out RelayBatch? batch)
    {
        batch = null;
        if (!TryParse(body, out var document))
            return false;
        using (document)
        {
            if (!TryReadIds(document.RootElement, "lookups", out var lookups)
                || !TryList(document.RootElement, "signals", out var list))
            {
                return false;
            }
            var signals = new List<WaitingSignal>();
            foreach (var item in list)
            {
                if (!TryReadSignal(item, out var signal))
                    return false;
                signals.Add(signal);
            }
            batch = new RelayBatch(lookups, signals);
            return true;
        }
    }

    /// <summary>Reads what another server answers.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out RelayAnswer? answer)
    {
        answer = null;
        if (!TryParse(body, out var document))
            return false;
        using (document)
        {
            if (!TryReadIds(document.RootElement, "open", out var open) || !TryList(document.RootElement, "undelivered", out var list))
                return false;
            var undelivered = new List<int>();
            foreach (var item in list)
            {
                if (item.ValueKind != JsonValueKind.Number || !item.TryGetInt32(out var index))
                    return false;
                undelivered.Add(index);
            }
            answer = new RelayAnswer(open, undelivered);
            return true;
        }
    }

    private static bool TryParse(ReadOnlyMemory<byte> body, [NotNullWhen(true)] out JsonDocument? document)
    {
        document = null;
        if (body.Length > MaxBytes || !System.Text.Unicode.Utf8.IsValid(body.Span))
            return false;
        try
        {
            document = JsonDocument.Parse(body);
            return true;
        }
        catch (JsonException)
        {
            return false;
        }
    }

    private static bool TryReadSignal(JsonElement item, [NotNullWhen(true)] out WaitingSignal? signal)
    {
        signal = null;
        if (item.ValueKind != JsonValueKind.Object || !TryReadId(item, "src", out var src) || !TryReadId(item, "dst", out var dst)
            || !item.TryGetProperty("type", out var type) || type.ValueKind != JsonValueKind.String)
        {
            return false;
        }
        var kind = type.ValueEquals("OFFER"u8) ? SignalKind.Offer
            : type.ValueEquals("ANSWER"u8) ? SignalKind.Answer
            : type.ValueEquals("CANDIDATE"u8) ? SignalKind.Candidate
            : type.ValueEquals("LEAVE"u8) ? SignalKind.Leave
            : type.ValueEquals("EXPIRE"u8) ? SignalKind.Expire : SignalKind.Unknown;
        if (kind == SignalKind.Unknown)
            return false;
        var payload = item.TryGetProperty("payload", out var value) ? JsonMarshal.GetRawUtf8Value(value).ToArray() : [];
        signal = new WaitingSignal(kind, src, dst, payload);
        return true;
    }

    private static bool TryReadId(JsonElement item, string name, [NotNullWhen(true)] out string? id)
    {
        id = null;
        return item.TryGetProperty(name, out var value) && TryReadId(value, out id);
    }

    private static bool TryReadId(JsonElement value, [NotNullWhen(true)] out string? id)
    {
        id = null;
        // Legal ids are written without escapes; whatever has one is none.
        if (value.ValueKind != JsonValueKind.String || JsonMarshal.GetRawUtf8Value(value).Contains((byte)'\\'))
            return false;
        id = value.GetString()!;
        return PeerId.IsLegal(id);
    }

    private static bool TryReadIds(JsonElement root, string name, out List<string> ids)
    {
        ids = [];
        if (!TryList(root, name, out var list))
            return false;
        foreach (var item in list)
        {
            if (!TryReadId(item, out var id))
                return false;
            ids.Add(id);
        }
        return true;
    }

    // A list may be left out.
    private static bool TryList(JsonElement root, string name, out JsonElement.ArrayEnumerator list)
    {
        list = default;
        if (root.ValueKind != JsonValueKind.Object)
            return false;
        if (!root.TryGetProperty(name, out var value))
            return true;
        if (value.ValueKind != JsonValueKind.Array || value.GetArrayLength() > MaxItems)
            return false;
        list = value.EnumerateArray();
        return true;
    }

    private static void WriteIds(Utf8JsonWriter json, string name, IReadOnlyList<string> ids)
    {
        json.WriteStartArray(name);
        foreach (var id in ids)
            json.WriteStringValue(id);
        json.WriteEndArray();
    }
}
