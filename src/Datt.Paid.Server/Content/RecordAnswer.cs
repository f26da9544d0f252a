namespace Datt.Paid.Server.Content;

/// <summary>A record as nodes send it. Limits are in UTF-8 bytes; unknown members are ignored.</summary>
/// <param name="ContentId">By convention <c>sha256:HEX</c>; at most 200 bytes of visible ASCII. May be left out where the URL names it.</param>
/// <param name="Title">1 to 1,000 bytes; required.</param>
/// <param name="Summary">Text to index, at most 30,000 bytes.</param>
/// <param name="Label">The topic, at most 200 bytes.</param>
/// <param name="Tags">At most 32 of at most 200 bytes.</param>
/// <param name="Author">At most 200 bytes.</param>
/// <param name="Type">MIME type.</param>
/// <param name="Language">BCP 47 language tag.</param>
/// <param name="Size">Bytes of the content.</param>
/// <param name="PublishedAt">At most a day ahead.</param>
/// <param name="Url">Where it can also be seen, at most 2,000 bytes.</param>
/// <param name="Op"><c>delete</c> in a bulk line that withdraws; then only <c>contentId</c> counts.</param>
public sealed record RecordAnswer(
    string? ContentId, string Title, string? Summary, string? Label, IReadOnlyList<string>? Tags, string? Author, string? Type, string? Language,
    long? Size, DateTimeOffset? PublishedAt, string? Url, string? Op);

/// <summary>What became of a bulk body.</summary>
/// <param name="Accepted">Lines taken; they are durable.</param>
/// <param name="Rejected">Lines refused, in order.</param>
public sealed record BulkAnswer(int Accepted, IReadOnlyList<RejectedLine> Rejected);

/// <summary>A line that was refused.</summary>
/// <param name="Line">Counted from 1.</param>
/// <param name="Code">The same codes as those of problems.</param>
/// <param name="Detail">What is wrong and what to do.</param>
public readonly record struct RejectedLine(int Line, string Code, string Detail);
