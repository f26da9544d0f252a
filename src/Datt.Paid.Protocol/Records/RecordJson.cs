using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Unicode;

namespace Datt.Paid.Protocol.Records;

/// <summary>
/// Reads one JSON object (RFC 8259, UTF-8) into a <see cref="RecordDraft"/>. Never throws on outside bytes. Names count exactly as written;
/// fields that are not of a record are skipped, whatever they hold, down to a depth of <see cref="MaxDepth"/>.
/// </summary>
public static class RecordJson
{
    /// <summary>Longest text read, in bytes; longer ones are <see cref="RecordProblem.RecordTooLarge"/>.</summary>
    public const int MaxBytes = 262_144;

    /// <summary>Deepest nesting read.</summary>
    public const int MaxDepth = 16;

    private static readonly JsonReaderOptions Options = new() { MaxDepth = MaxDepth };

    /// <summary>Reads the body of a PUT; <c>op</c> is unknown there and so ignored.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RecordDraft? draft, [NotNullWhen(false)] out RecordProblem? problem) =>
        TryRead(utf8, isLine: false, out draft, out problem);

    /// <summary>
    /// Reads a line of a bulk body, without its line break: a record (<c>op</c> absent or <c>put</c>), or
    /// <c>{"op":"delete","contentId":…}</c>, whose other fields do not count.
    /// </summary>
    public static bool TryReadLine(
        ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RecordDraft? draft, [NotNullWhen(false)] out RecordProblem? problem) =>
        TryRead(utf8, isLine: true, out draft, out problem);

    private static bool TryRead(
        ReadOnlySpan<byte> utf8, bool isLine, [NotNullWhen(true)] out RecordDraft? draft, [NotNullWhen(false)] out RecordProblem? problem)
    {
        draft = null;
        if (utf8.StartsWith(Encoding.UTF8.Preamble))
            utf8 = utf8[Encoding.UTF8.Preamble.Length..];
        if (utf8.Length > MaxBytes)
        {
            problem = new RecordProblem(RecordProblem.RecordTooLarge, null,
                string.Create(CultureInfo.InvariantCulture, $"The record has {utf8.Length} bytes, at most {MaxBytes} are read: shorten it."));
            return false;
        }

        if (!Utf8.IsValid(utf8))
        {
            problem = new RecordProblem(RecordProblem.InvalidRecord, null, "The record is not valid UTF-8: send JSON in UTF-8.");
            return false;
        }

        var fields = new RecordFields(isLine);
        try
        {
            if (fields.Read(new Utf8JsonReader(utf8, Options)))
                draft = fields.ToDraft();
            problem = draft is null ? fields.Problem! : null;
        }
        catch (JsonException e)
        {
            problem = new RecordProblem(RecordProblem.InvalidRecord, null,
                string.Create(CultureInfo.InvariantCulture, $"The record is not well-formed JSON at byte {e.BytePositionInLine ?? 0} of line {(e.LineNumber ?? 0) + 1}."));
        }
        catch (InvalidOperationException)
        {
            // The reader's way to say that an escaped text is not Unicode: \ud800 without its other half.
            problem = new RecordProblem(RecordProblem.InvalidRecord, fields.Current,
                $"{fields.Current ?? "A name"} holds half of a surrogate pair: send well-formed Unicode.");
        }

        return draft is not null;
    }
}
