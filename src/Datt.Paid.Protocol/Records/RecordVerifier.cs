using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Records;

/// <summary>The one gate for records from outside: checks and cleans a draft, and is the only one to make an <see cref="Announcement"/>.</summary>
public static class RecordVerifier
{
    /// <summary>Checks a nodeId: 1 to 64 of <c>A-Za-z0-9._-</c>.</summary>
    public static bool IsNodeId(ReadOnlySpan<char> nodeId) => throw new NotImplementedException();

    /// <summary>Verifies a record to announce. <see cref="RecordDraft.IsWithdrawal"/> is not looked at. Nothing may be published more than a day after <paramref name="now"/>.</summary>
    public static bool Announce(
        string nodeId, RecordDraft draft, DateTimeOffset now,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem) =>
        throw new NotImplementedException();

    /// <summary>The same for a contentId named outside the draft (in the URL): the draft may leave it out but not contradict it.</summary>
    public static bool Announce(
        string nodeId, string contentId, RecordDraft draft, DateTimeOffset now,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem) =>
        throw new NotImplementedException();

    /// <summary>Verifies a statement that a node no longer holds a content.</summary>
    public static bool Withdraw(
        string nodeId, string contentId,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem) =>
        throw new NotImplementedException();

    /// <summary>A line of a bulk body: <see cref="Withdraw"/> or <see cref="Announce(string, RecordDraft, DateTimeOffset, out Announcement?, out RecordProblem?)"/>, as the line says.</summary>
    public static bool Take(
        string nodeId, RecordDraft line, DateTimeOffset now,
        [NotNullWhen(true)] out Announcement? announcement, [NotNullWhen(false)] out RecordProblem? problem) =>
        throw new NotImplementedException();
}
