namespace Datt.Paid.Protocol.Records;

/// <summary>Why a record was refused.</summary>
/// <param name="Code">Stable, for programs: one of the constants of this type.</param>
/// <param name="Field">The field at fault, as JSON names it (<c>tags[3]</c> for one of many); null when it is the whole.</param>
/// <param name="Detail">For people: what is wrong and what to do.</param>
public sealed record RecordProblem(string Code, string? Field, string Detail)
{
    /// <summary>A field is missing, of the wrong type or not plausible; HTTP 400.</summary>
    public const string InvalidRecord = "invalid_record";

    /// <summary>A limit on bytes or counts is exceeded; HTTP 413.</summary>
    public const string RecordTooLarge = "record_too_large";

    /// <summary>The nodeId is not 1 to 64 of <c>A-Za-z0-9._-</c>; HTTP 400.</summary>
    public const string InvalidNode = "invalid_node";
}
