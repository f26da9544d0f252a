using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text.Json;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Sync;

/// <summary>
/// Heads as JSON: <c>{"feeds":[{"origin","epoch","version","manifest","conflict"?}],"next"}</c>. Of an origin that is proved to have cheated the version is
/// <see cref="long.MaxValue"/>, the manifest zeros, and <c>conflict</c> is true.
/// </summary>
public static class HeadsWire
{
    /// <summary>Most heads of a page.</summary>
    public const int MaxHeads = 1_000;

    /// <summary>Longest page, in bytes.</summary>
    public const int MaxBytes = 512 * 1024;

    public static void Write(IBufferWriter<byte> into, IEnumerable<HeadEntry> heads, string? next)
    {
        using var json = new Utf8JsonWriter(into);
        json.WriteStartObject();
        json.WriteStartArray("feeds"u8);
        foreach (var (head, isConflicted) in heads)
        {
            json.WriteStartObject();
            json.WriteString("origin"u8, head.Origin);
            json.WriteNumber("epoch"u8, head.Epoch);
            json.WriteNumber("version"u8, head.Version);
            json.WriteString("manifest"u8, head.Manifest.ToString());
            if (isConflicted)
                json.WriteBoolean("conflict"u8, true);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteString("next"u8, next);
        json.WriteEndObject();
    }

    /// <summary>Reads a page; heads that make no sense are left out.</summary>
    public static bool TryRead(ReadOnlyMemory<byte> bytes, [NotNullWhen(true)] out HeadsAnswer.Page? page)
    {
        page = null;
        try
        {
            using var json = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 8 });
            if (json.RootElement.ValueKind != JsonValueKind.Object || !json.RootElement.TryGetProperty("feeds", out var feeds)
                || feeds.ValueKind != JsonValueKind.Array || feeds.GetArrayLength() > MaxHeads)
                return false;
            var heads = new List<HeadNews>();
            foreach (var feed in feeds.EnumerateArray())
            {
                if (TryRead(feed, out var news))
                    heads.Add(news);
            }
            var next = json.RootElement.TryGetProperty("next", out var cursor) && cursor.ValueKind == JsonValueKind.String ? cursor.GetString() : null;
            page = new HeadsAnswer.Page(heads, next);
            return true;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return false; // a text that is no Unicode is only found when it is read
        }
    }

    private static bool TryRead(JsonElement feed, out HeadNews news)
    {
        news = default;
        if (feed.ValueKind != JsonValueKind.Object || !feed.TryGetProperty("origin", out var origin) || origin.ValueKind != JsonValueKind.String
            || !ServerPublicKey.IsFingerprint(origin.GetString()) || !Number(feed, "epoch", out var epoch) || !Number(feed, "version", out var version)
            || !feed.TryGetProperty("manifest", out var manifest) || manifest.ValueKind != JsonValueKind.String
            || !Hash256.TryParse(manifest.GetString(), out var hash))
            return false;
        var isConflicted = feed.TryGetProperty("conflict", out var conflict) && conflict.ValueKind == JsonValueKind.True;
        news = new HeadNews(new Head(origin.GetString()!, epoch, version, hash), isConflicted);
        return true;
    }

    private static bool Number(JsonElement feed, string name, out long number)
    {
        number = 0;
        return feed.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out number) && number >= 1;
    }
}
