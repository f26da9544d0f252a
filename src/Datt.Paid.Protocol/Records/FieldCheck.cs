using System.Buffers;
using System.Globalization;
using System.Text;

namespace Datt.Paid.Protocol.Records;

/// <summary>Cleans and checks the fields of one draft; keeps the first problem.</summary>
internal struct FieldCheck
{
    /// <summary>Control characters but tab, line feed and carriage return.</summary>
    private static readonly SearchValues<char> Controls = SearchValues.Create(
        [.. Enumerable.Range(0, 0xa0).Select(c => (char)c).Where(c => char.IsControl(c) && c is not ('\t' or '\n' or '\r'))]);

    public RecordProblem? Problem { get; private set; }

    public static RecordProblem Missing(string field) =>
        new(RecordProblem.InvalidRecord, field, $"{field} is required: give one that is not blank.");

    public static RecordProblem TooLong(string field, long bytes, int limit) => new(RecordProblem.RecordTooLarge, field,
        string.Create(CultureInfo.InvariantCulture, $"{field} has {bytes} bytes in UTF-8, at most {limit} are allowed: shorten it."));

    /// <summary>The cleaned text; null when absent, blank or at fault.</summary>
    public string? Text(string field, string? value, int limit)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;
        if (value.AsSpan().ContainsAnyInRange('\ud800', '\udfff') && HasLoneSurrogate(value))
            return Refuse(field, "holds half of a surrogate pair: send well-formed Unicode");
        if (value.Length * 3L > limit && Encoding.UTF8.GetByteCount(value) is var bytes && bytes > limit)
        {
            Problem ??= TooLong(field, bytes, limit);
            return null;
        }

        if (!value.AsSpan().ContainsAny(Controls))
            return value;
        var cleaned = string.Create(value.Length, value, static (into, from) => from.AsSpan().ReplaceAny(into, Controls, ' '));
        // Controls that cost two bytes become one-byte spaces, so the cleaned text is never longer.
        return string.IsNullOrWhiteSpace(cleaned) ? null : cleaned;
    }

    public IReadOnlyList<string> Tags(IReadOnlyList<string>? tags)
    {
        if (tags is null or [])
            return [];
        if (tags.Count > RecordLimits.Tags)
        {
            Problem ??= new RecordProblem(RecordProblem.RecordTooLarge, "tags",
                string.Create(CultureInfo.InvariantCulture, $"There are {tags.Count} tags, at most {RecordLimits.Tags} are allowed: leave some out."));
            return [];
        }

        var kept = new List<string>(tags.Count);
        for (var i = 0; i < tags.Count; i++)
        {
            var before = Problem;
            var tag = Text("tags", tags[i], RecordLimits.Tag);
            if (tag is not null)
                kept.Add(tag);
            else if (before is null && Problem is not null)
                Problem = Problem with { Field = string.Create(CultureInfo.InvariantCulture, $"tags[{i}]") };
        }

        return kept;
    }

    public string? Type(string? value)
    {
        if (Text("type", value, RecordLimits.Url) is not { } text)
            return null;
        var parameters = text.IndexOf(';', StringComparison.Ordinal);
        var type = (parameters < 0 ? text : text[..parameters]).Trim().ToLowerInvariant();
        return RecordRules.IsType(Encoding.UTF8.GetBytes(type)) ? type : Refuse("type", "is no MIME type: write type/subtype, like text/markdown");
    }

    public string? Language(string? value)
    {
        if (Text("language", value, RecordLimits.Url) is not { } text)
            return null;
        var language = text.Trim().Replace('_', '-').ToLowerInvariant();
        return RecordRules.IsLanguage(Encoding.UTF8.GetBytes(language))
            ? language
            : Refuse("language", "is no BCP 47 language tag: write one like en or pt-BR");
    }

    public long? Size(long? value)
    {
        if (value is null or (>= 0 and <= RecordLimits.Size))
            return value;
        Refuse("size", "is out of range: give the number of bytes, 0 to 9007199254740991");
        return null;
    }

    public long? PublishedAt(string? value, long latest)
    {
        if (string.IsNullOrWhiteSpace(value))
            return null;
        if (!Rfc3339.TryParse(value, out var time))
            Refuse("publishedAt", "is no RFC 3339 time: write it like 2026-01-31T12:00:00Z");
        else if (time > latest)
            Refuse("publishedAt", "lies more than a day ahead: give the time of publication");
        else if (time < RecordLimits.EarliestPublication)
            Refuse("publishedAt", "lies before the year 1000: leave it out when it is not known");
        else
            return time;
        return null;
    }

    public string? Url(string? value)
    {
        if (Text("url", value?.Trim(), RecordLimits.Url) is not { } url)
            return null;
        return RecordRules.IsUrl(Encoding.UTF8.GetBytes(url))
            ? url
            : Refuse("url", "is no absolute URL that may be linked: write one like https://example.org/page");
    }

    private string? Refuse(string field, string what)
    {
        Problem ??= new RecordProblem(RecordProblem.InvalidRecord, field, $"{field} {what}.");
        return null;
    }

    private static bool HasLoneSurrogate(ReadOnlySpan<char> text)
    {
        while (!text.IsEmpty)
        {
            if (Rune.DecodeFromUtf16(text, out _, out var used) != OperationStatus.Done)
                return true;
            text = text[used..];
        }

        return false;
    }
}
