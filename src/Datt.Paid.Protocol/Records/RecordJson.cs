using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Records;

/// <summary>Reads one JSON object (RFC 8259, UTF-8) into a <see cref="RecordDraft"/>. Never throws on outside bytes.</summary>
public static class RecordJson
{
    /// <summary>Longest text read, in bytes; longer ones are <see cref="RecordProblem.RecordTooLarge"/>.</summary>
    public const int MaxBytes = 262_144;

    /// <summary>Reads the body of a PUT; <c>op</c> is unknown there and so ignored.</summary>
    public static bool TryRead(
        ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RecordDraft? draft, [NotNullWhen(false)] out RecordProblem? problem) =>
        throw new NotImplementedException();

    /// <summary>Reads a line of a bulk body, without its line break: a record, or <c>{"op":"delete","contentId":…}</c>.</summary>
    public static bool TryReadLine(
        ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out RecordDraft? draft, [NotNullWhen(false)] out RecordProblem? problem) =>
        throw new NotImplementedException();
}
