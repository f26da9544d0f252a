using System.Globalization;
using System.Text.Json;

namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>One generated record, as a node would announce it.</summary>
internal sealed record CorpusRecord(
    string ContentId,
    string Title,
    string Summary,
    string[] Tags,
    string Label,
    string Author,
    string Type,
    long Size,
    DateTimeOffset PublishedAt)
{
    /// <summary>Everything that a search looks at, in one text: what the peers index.</summary>
    public string Text => $"{Title} {Summary} {string.Join(' ', Tags)}";

    /// <summary>The record as one line of an announce.</summary>
    public void WriteTo(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("contentId", ContentId);
        json.WriteString("title", Title);
        json.WriteString("summary", Summary);
        json.WriteStartArray("tags");
        foreach (var tag in Tags)
            json.WriteStringValue(tag);
        json.WriteEndArray();
        json.WriteString("label", Label);
        json.WriteString("author", Author);
        json.WriteString("type", Type);
        json.WriteString("language", "en");
        json.WriteNumber("size", Size);
        json.WriteString("publishedAt", PublishedAt.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        json.WriteEndObject();
    }
}
