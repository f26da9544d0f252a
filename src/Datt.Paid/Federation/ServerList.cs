using System.Text.Json;

namespace Datt.Paid.Federation;

/// <summary>Reads a page of a list of servers: <c>/federation/v1/servers</c>, <c>/rendezvous</c>, or a file of that shape.</summary>
public static class ServerList
{
    /// <summary>Most servers of a page.</summary>
    public const int MaxPage = 1_000;

    /// <summary>Longest page, in bytes.</summary>
    public const int MaxBytes = 2 * 1024 * 1024;

    /// <summary>Longest cursor, in characters.</summary>
    public const int MaxCursor = 1_000;

    private static readonly JsonDocumentOptions Limits = new() { MaxDepth = 16 };

    /// <summary>Null where it is no such list. Servers beyond <see cref="MaxPage"/>, and entries without a URL, are left out.</summary>
    public static ListFetch.Page? TryRead(ReadOnlyMemory<byte> utf8)
    {
        try
        {
            using var document = JsonDocument.Parse(utf8, Limits);
            if (document.RootElement.ValueKind != JsonValueKind.Object || !document.RootElement.TryGetProperty("servers", out var servers)
                || servers.ValueKind != JsonValueKind.Array)
                return null;
            var found = new List<ListedAddress>();
            foreach (var server in servers.EnumerateArray())
            {
                if (found.Count == MaxPage)
                    break;
                if (server.ValueKind == JsonValueKind.Object && Text(server, "url", ServerAddress.MaxLength) is { } url)
                    found.Add(new ListedAddress(Text(server, "id", 100), url));
            }
            return new ListFetch.Page(found, Text(document.RootElement, "next", MaxCursor));
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            // Not JSON, or a text in it is half a surrogate pair.
            return null;
        }
    }

    private static string? Text(JsonElement json, string name, int most) =>
        json.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String && value.GetString() is { Length: > 0 } text && text.Length <= most
            ? text
            : null;
}
