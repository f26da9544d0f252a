using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using Datt.Paid.Protocol.Cbor;

namespace Datt.Paid.Protocol.Records;

/// <summary>
/// The canonical bytes of a description, the same as inside a record: a CBOR array
/// <c>[title, summary, label, tags, author, type, language, size, publishedAt, url]</c>. An absent summary is an empty text, absent tags
/// are an empty array, anything else absent is null. Equal descriptions have equal bytes, so hashes of them can be compared.
/// </summary>
public static class DescriptionCodec
{
    /// <summary>Longest encoded description, in bytes.</summary>
    public const int MaxBytes = 11 * CborEncoder.MaxHead + RecordLimits.Title + RecordLimits.Summary + RecordLimits.Label
        + RecordLimits.Tags * (2 + RecordLimits.Tag) + RecordLimits.Author + RecordLimits.Type + RecordLimits.Language + RecordLimits.Url;

    private const int Fields = 10;

    /// <summary>Throws <see cref="ArgumentException"/> when the description breaks a rule: the verifier makes none that does.</summary>
    public static byte[] Encode(Description description)
    {
        var into = new ArrayBufferWriter<byte>(UpperBound(description));
        Encode(description, into);
        return into.WrittenSpan.ToArray();
    }

    /// <inheritdoc cref="Encode(Description)"/>
    public static void Encode(Description description, IBufferWriter<byte> into)
    {
        var encoder = new CborEncoder(into.GetSpan(UpperBound(description)));
        Write(description, ref encoder);
        into.Advance(encoder.Length);
    }

    /// <summary>Decodes exactly one description.</summary>
    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Description? description, out DecodeFault fault)
    {
        var decoder = new CborDecoder(bytes);
        description = Check(ref decoder) && decoder.End() ? Read(bytes) : null;
        fault = decoder.Fault;
        return description is not null;
    }

    /// <summary>Enough room for the description, without counting its bytes.</summary>
    internal static int UpperBound(Description d)
    {
        var chars = d.Title.Length + d.Summary.Length + (d.Label?.Length ?? 0) + (d.Author?.Length ?? 0) + (d.Type?.Length ?? 0)
            + (d.Language?.Length ?? 0) + (d.Url?.Length ?? 0);
        foreach (var tag in d.Tags)
            chars += tag.Length + CborEncoder.MaxHead;
        return (int)Math.Min(3L * chars + (Fields + 1) * CborEncoder.MaxHead, int.MaxValue);
    }

    internal static void Write(Description d, ref CborEncoder to)
    {
        to.Array(Fields);
        Text(ref to, nameof(d.Title), d.Title, 1, RecordLimits.Title);
        Text(ref to, nameof(d.Summary), d.Summary, 0, RecordLimits.Summary);
        Text(ref to, nameof(d.Label), d.Label, 1, RecordLimits.Label);
        Require(d.Tags.Count <= RecordLimits.Tags, nameof(d.Tags));
        to.Array(d.Tags.Count);
        for (var i = 0; i < d.Tags.Count; i++)
            Text(ref to, nameof(d.Tags), d.Tags[i], 1, RecordLimits.Tag);
        Text(ref to, nameof(d.Author), d.Author, 1, RecordLimits.Author);
        Require(d.Type is null || RecordRules.IsType(to.Text(d.Type)), nameof(d.Type));
        if (d.Type is null)
            to.Null();
        Require(d.Language is null || RecordRules.IsLanguage(to.Text(d.Language)), nameof(d.Language));
        if (d.Language is null)
            to.Null();
        Number(ref to, nameof(d.Size), d.Size, 0, RecordLimits.Size);
        Number(ref to, nameof(d.PublishedAt), d.PublishedAt, RecordLimits.EarliestPublication, RecordLimits.LatestTime);
        Require(d.Url is null || RecordRules.IsUrl(to.Text(d.Url)), nameof(d.Url));
        if (d.Url is null)
            to.Null();
    }

    /// <summary>Goes over a description and checks everything about it.</summary>
    internal static bool Check(ref CborDecoder from)
    {
        if (!from.ArrayOf(Fields)
            || !Text(ref from, 1, RecordLimits.Title)
            || !Text(ref from, 0, RecordLimits.Summary)
            || !(from.TryNull() || Text(ref from, 1, RecordLimits.Label))
            || !from.Array(RecordLimits.Tags, out var tags))
            return false;
        for (var i = 0; i < tags; i++)
        {
            if (!Text(ref from, 1, RecordLimits.Tag))
                return false;
        }

        if (!(from.TryNull() || Text(ref from, 1, RecordLimits.Author)))
            return false;
        if (!from.TryNull() && !(from.Text(1, RecordLimits.Type, out var type) && (RecordRules.IsType(type) || from.Fail(DecodeFault.NotCanonical))))
            return false;
        if (!from.TryNull()
            && !(from.Text(1, RecordLimits.Language, out var language) && (RecordRules.IsLanguage(language) || from.Fail(DecodeFault.NotCanonical))))
            return false;
        if (!(from.TryNull() || from.Integer(0, RecordLimits.Size, out _)))
            return false;
        if (!(from.TryNull() || from.Integer(RecordLimits.EarliestPublication, RecordLimits.LatestTime, out _)))
            return false;
        return from.TryNull()
            || (from.Text(1, RecordLimits.Url, out var url) && (RecordRules.IsUrl(url) || from.Fail(DecodeFault.NotCanonical)));
    }

    /// <summary>Builds the description from bytes that <see cref="Check"/> passed.</summary>
    internal static Description Read(ReadOnlySpan<byte> bytes)
    {
        var from = new CborDecoder(bytes);
        from.ArrayOf(Fields);
        return new Description
        {
            Title = String(ref from)!,
            Summary = String(ref from)!,
            Label = String(ref from),
            Tags = Strings(ref from),
            Author = String(ref from),
            Type = String(ref from),
            Language = String(ref from),
            Size = Number(ref from),
            PublishedAt = Number(ref from),
            Url = String(ref from),
        };
    }

    private static void Text(ref CborEncoder to, string field, string? value, int min, int max)
    {
        if (value is null)
        {
            to.Null();
            return;
        }

        var utf8 = to.Text(value);
        Require(utf8.Length >= min && utf8.Length <= max && RecordRules.IsCleanText(utf8), field);
    }

    private static void Number(ref CborEncoder to, string field, long? value, long min, long max)
    {
        Require(value is null || (value >= min && value <= max), field);
        if (value is null)
            to.Null();
        else
            to.Integer(value.Value);
    }

    private static bool Text(ref CborDecoder from, int min, int max) =>
        from.Text(min, max, out var utf8) && (RecordRules.IsCleanText(utf8) || from.Fail(DecodeFault.NotCanonical));

    private static string? String(ref CborDecoder from) =>
        !from.TryNull() && from.Text(0, RecordLimits.Summary, out var utf8) ? Encoding.UTF8.GetString(utf8) : null;

    private static string[] Strings(ref CborDecoder from)
    {
        from.Array(RecordLimits.Tags, out var count);
        if (count == 0)
            return [];
        var values = new string[count];
        for (var i = 0; i < count; i++)
            values[i] = String(ref from)!;
        return values;
    }

    private static long? Number(ref CborDecoder from) =>
        !from.TryNull() && from.Integer(long.MinValue, long.MaxValue, out var value) ? value : null;

    private static void Require(bool holds, string field)
    {
        if (!holds)
            throw new ArgumentException($"The description's {field} breaks the rules of a record: pass it through RecordVerifier first.");
    }
}
