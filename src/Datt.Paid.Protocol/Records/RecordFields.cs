using System.Globalization;
using System.Text.Json;

namespace Datt.Paid.Protocol.Records;

/// <summary>Collects the fields of one JSON object. A class because it must outlive an exception of the reader.</summary>
internal sealed class RecordFields(bool isLine)
{
    private static readonly string[] Names =
        ["contentId", "title", "summary", "label", "tags", "author", "type", "language", "size", "publishedAt", "url", "op"];

    private const int ContentId = 0, Title = 1, Summary = 2, Label = 3, Tags = 4, Author = 5, Type = 6, Language = 7, Size = 8, PublishedAt = 9, Url = 10, Op = 11;

    private readonly string?[] _texts = new string?[Names.Length];
    private string[]? _tags;
    private long? _size;
    private int _seen;

    /// <summary>The field being read.</summary>
    public string? Current { get; private set; }

    public RecordProblem? Problem { get; private set; }

    /// <summary>False with a <see cref="Problem"/>. Throws what the reader throws on text that is not JSON.</summary>
    public bool Read(Utf8JsonReader reader)
    {
        if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject)
            return Refuse("The record must be a JSON object.");
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var field = FieldOf(ref reader);
            reader.Read();
            if (field < 0 || (field == Op && !isLine))
            {
                Current = null;
                reader.Skip();
                continue;
            }

            Current = Names[field];
            if ((_seen & (1 << field)) != 0)
                return Refuse($"{Current} appears twice: send it once.");
            _seen |= 1 << field;
            if (reader.TokenType != JsonTokenType.Null && !Value(ref reader, field))
                return false;
        }

        Current = null;
        while (reader.Read())
        {
            // Only for the exception on anything that follows the object.
        }

        return _texts[Op] is null or "put" or "delete" || Refuse("op must be put or delete.", "op");
    }

    public RecordDraft ToDraft() => new()
    {
        IsWithdrawal = _texts[Op] == "delete",
        ContentId = _texts[ContentId],
        Title = _texts[Title],
        Summary = _texts[Summary],
        Label = _texts[Label],
        Tags = _tags,
        Author = _texts[Author],
        Type = _texts[Type],
        Language = _texts[Language],
        Size = _size,
        PublishedAt = _texts[PublishedAt],
        Url = _texts[Url],
    };

    private bool Value(ref Utf8JsonReader reader, int field)
    {
        switch (field)
        {
            case Size:
                if (reader.TokenType != JsonTokenType.Number || !reader.TryGetInt64(out var size))
                    return Refuse("size must be a whole number of bytes.", "size");
                _size = size;
                return true;
            case Tags:
                return ReadTags(ref reader);
            default:
                if (reader.TokenType != JsonTokenType.String)
                    return Refuse($"{Names[field]} must be a string.", Names[field]);
                _texts[field] = reader.GetString();
                return true;
        }
    }

    private bool ReadTags(ref Utf8JsonReader reader)
    {
        if (reader.TokenType != JsonTokenType.StartArray)
            return Refuse("tags must be an array of strings.", "tags");
        var tags = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
        {
            if (reader.TokenType != JsonTokenType.String)
                return Refuse("tags must be an array of strings.", string.Create(CultureInfo.InvariantCulture, $"tags[{tags.Count}]"));
            if (tags.Count == RecordLimits.Tags)
            {
                Problem = new RecordProblem(RecordProblem.RecordTooLarge, "tags",
                    string.Create(CultureInfo.InvariantCulture, $"There are more than {RecordLimits.Tags} tags: leave some out."));
                return false;
            }

            tags.Add(reader.GetString()!);
        }

        _tags = [.. tags];
        return true;
    }

    private bool Refuse(string detail, string? field = null)
    {
        Problem = new RecordProblem(RecordProblem.InvalidRecord, field ?? Current, detail);
        return false;
    }

    private static int FieldOf(ref Utf8JsonReader reader)
    {
        if (reader.ValueIsEscaped)
            return Array.IndexOf(Names, reader.GetString());
        var name = reader.ValueSpan;
        return name.Length switch
        {
            2 => name.SequenceEqual("op"u8) ? Op : -1,
            3 => name.SequenceEqual("url"u8) ? Url : -1,
            4 => name.SequenceEqual("tags"u8) ? Tags : name.SequenceEqual("type"u8) ? Type : name.SequenceEqual("size"u8) ? Size : -1,
            5 => name.SequenceEqual("title"u8) ? Title : name.SequenceEqual("label"u8) ? Label : -1,
            6 => name.SequenceEqual("author"u8) ? Author : -1,
            7 => name.SequenceEqual("summary"u8) ? Summary : -1,
            8 => name.SequenceEqual("language"u8) ? Language : -1,
            9 => name.SequenceEqual("contentId"u8) ? ContentId : -1,
            11 => name.SequenceEqual("publishedAt"u8) ? PublishedAt : -1,
            _ => -1,
        };
    }
}
