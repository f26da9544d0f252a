using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Datt.Paid.Protocol.Records;

/// <summary>
/// The one gate for records from outside: checks and cleans a draft, and is the only one to make an <see cref="Announcement"/>.
/// <para>Cleaned: control characters but tab and line breaks become spaces; blank texts and tags count as absent; the MIME type loses its
/// parameters and, like the language tag, its capitals. Refused: texts with unpaired surrogates, as bytes that are no UTF-8 are.</para>
/// </summary>
public static class RecordVerifier
{
    private static readonly TimeSpan Ahead = TimeSpan.FromDays(1);

    /// <summary>Checks a nodeId: 1 to 64 of <c>A-Za-z0-9._-</c>.</summary>
    public static bool IsNodeId(ReadOnlySpan<char> nodeId)
    {
        if (nodeId.Length is 0 or > RecordLimits.NodeId)
            return false;
        Span<byte> ascii = stackalloc byte[nodeId.Length];
        return Ascii.FromUtf16(nodeId, ascii, out _) == System.Buffers.OperationStatus.Done && RecordRules.IsNodeId(ascii);
    }

    /// <summary>Checks a contentId: 1 to 200 of visible ASCII.</summary>
    public static bool IsContentId(ReadOnlySpan<char> contentId) =>
        contentId.Length is >= 1 and <= RecordLimits.ContentId && !contentId.ContainsAnyExceptInRange('!', '~');

    /// <summary>
    /// Verifies a record to announce. <see cref="RecordDraft.IsWithdrawal"/> is not looked at. Nothing may be published more than a day after
    /// <paramref name="now"/>.
    /// </summary>
    public static bool Announce(
        string nodeId, RecordDraft draft, DateTimeOffset now,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem)
    {
        announcement = null;
        var check = new FieldCheck();
        if (!Key(nodeId, draft.ContentId, out problem))
            return false;
        var description = new Description
        {
            Title = check.Text("title", draft.Title, RecordLimits.Title) ?? "",
            Summary = check.Text("summary", draft.Summary, RecordLimits.Summary) ?? "",
            Label = check.Text("label", draft.Label, RecordLimits.Label),
            Tags = check.Tags(draft.Tags),
            Author = check.Text("author", draft.Author, RecordLimits.Author),
            Type = check.Type(draft.Type),
            Language = check.Language(draft.Language),
            Size = check.Size(draft.Size),
            PublishedAt = check.PublishedAt(draft.PublishedAt, (now + Ahead).ToUnixTimeMilliseconds()),
            Url = check.Url(draft.Url),
        };
        problem = check.Problem;
        if (problem is null && description.Title.Length == 0)
            problem = FieldCheck.Missing("title");
        if (problem is not null)
            return false;
        announcement = new Announcement(nodeId, draft.ContentId!, description, DescriptionCodec.Encode(description));
        return true;
    }

    /// <summary>The same for a contentId named outside the draft (in the URL): the draft may leave it out but not contradict it.</summary>
    public static bool Announce(
        string nodeId, string contentId, RecordDraft draft, DateTimeOffset now,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem)
    {
        if (draft.ContentId is null || draft.ContentId == contentId)
            return Announce(nodeId, draft with { ContentId = contentId }, now, out announcement, out problem);
        announcement = null;
        problem = new RecordProblem(RecordProblem.InvalidRecord, "contentId",
            "contentId differs from the one in the address: leave it out of the body or make both equal.");
        return false;
    }

    /// <summary>Verifies a statement that a node no longer holds a content.</summary>
    public static bool Withdraw(
        string nodeId, string contentId,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem)
    {
        announcement = Key(nodeId, contentId, out problem) ? new Announcement(nodeId, contentId, null, []) : null;
        return announcement is not null;
    }

    /// <summary>
    /// A line of a bulk body: <see cref="Withdraw"/> or <see cref="Announce(string, RecordDraft, DateTimeOffset, out Announcement?, out RecordProblem?)"/>,
    /// as the line says.
    /// </summary>
    public static bool Take(
        string nodeId, RecordDraft line, DateTimeOffset now,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem) =>
        line.IsWithdrawal
            ? Withdraw(nodeId, line.ContentId ?? "", out announcement, out problem)
            : Announce(nodeId, line, now, out announcement, out problem);

    private static bool Key(string nodeId, string? contentId, [NotNullWhen(false)] out RecordProblem? problem)
    {
        problem = null;
        if (!IsNodeId(nodeId))
            problem = new RecordProblem(RecordProblem.InvalidNode, "node", "A node id is 1 to 64 of A-Z, a-z, 0-9, '.', '_' and '-'.");
        else if (string.IsNullOrEmpty(contentId))
            problem = FieldCheck.Missing("contentId");
        else if (contentId.Length > RecordLimits.ContentId)
            problem = FieldCheck.TooLong("contentId", Encoding.UTF8.GetByteCount(contentId), RecordLimits.ContentId);
        else if (!IsContentId(contentId))
            problem = new RecordProblem(RecordProblem.InvalidRecord, "contentId",
                string.Create(CultureInfo.InvariantCulture, $"contentId may hold only visible ASCII characters, 1 to {RecordLimits.ContentId} of them."));
        return problem is null;
    }
}
