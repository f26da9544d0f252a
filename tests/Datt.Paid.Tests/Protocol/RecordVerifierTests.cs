using Datt.Paid.Protocol.Records;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class RecordVerifierTests
{
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly RecordDraft Draft = new() { ContentId = "sha256:00", Title = "Paris" };

    [Fact]
    public void A_record_with_only_what_is_required_passes()
    {
        var announcement = Accepted(Draft);
        Assert.Equal(("n", "sha256:00", "Paris", ""), (announcement.NodeId, announcement.ContentId, announcement.Description!.Title, announcement.Description.Summary));
        Assert.True(DescriptionCodec.TryDecode(announcement.DescriptionBytes.Span, out var stored, out _));
        Assert.Equivalent(announcement.Description, stored, strict: true);
    }

    [Fact]
    public void Texts_are_cleaned_and_types_and_languages_normalised()
    {
        var description = Accepted(Draft with
        {
            Title = "a\u0000b\u007fc\u0085d\te\r\nf",
            Summary = "\u0001",
            Label = "  ",
            Tags = ["x", " ", "y\u0007"],
            Type = " Text/HTML ; charset=utf-8",
            Language = "pt_BR",
            PublishedAt = "2026-02-01T13:59:59.9999+02:00",
        }).Description!;
        Assert.Equal("a b c d\te\r\nf", description.Title);
        Assert.Equal("", description.Summary);
        Assert.Null(description.Label);
        Assert.Equal(["x", "y "], description.Tags);
        Assert.Equal("text/html", description.Type);
        Assert.Equal("pt-br", description.Language);
        Assert.Equal(new DateTimeOffset(2026, 2, 1, 11, 59, 59, 999, TimeSpan.Zero).ToUnixTimeMilliseconds(), description.PublishedAt);
    }

    public static TheoryData<string, RecordDraft, string> Refusals => new()
    {
        { "contentId", Draft with { ContentId = null }, RecordProblem.InvalidRecord },
        { "contentId", Draft with { ContentId = "a b" }, RecordProblem.InvalidRecord },
        { "contentId", Draft with { ContentId = "é" }, RecordProblem.InvalidRecord },
        { "contentId", Draft with { ContentId = new string('a', 201) }, RecordProblem.RecordTooLarge },
        { "title", Draft with { Title = null }, RecordProblem.InvalidRecord },
        { "title", Draft with { Title = " \u0000\t" }, RecordProblem.InvalidRecord },
        { "title", Draft with { Title = "x\udc00" }, RecordProblem.InvalidRecord },
        { "title", Draft with { Title = new string('é', 501) }, RecordProblem.RecordTooLarge },
        { "summary", Draft with { Summary = new string('a', 30_001) }, RecordProblem.RecordTooLarge },
        { "label", Draft with { Label = new string('a', 201) }, RecordProblem.RecordTooLarge },
        { "author", Draft with { Author = new string('a', 201) }, RecordProblem.RecordTooLarge },
        { "tags", Draft with { Tags = [.. Enumerable.Repeat("t", 33)] }, RecordProblem.RecordTooLarge },
        { "tags[1]", Draft with { Tags = ["ok", new string('a', 201)] }, RecordProblem.RecordTooLarge },
        { "type", Draft with { Type = "html" }, RecordProblem.InvalidRecord },
        { "type", Draft with { Type = "text/html/x" }, RecordProblem.InvalidRecord },
        { "language", Draft with { Language = "english please" }, RecordProblem.InvalidRecord },
        { "language", Draft with { Language = "e" }, RecordProblem.InvalidRecord },
        { "size", Draft with { Size = -1 }, RecordProblem.InvalidRecord },
        { "size", Draft with { Size = long.MaxValue }, RecordProblem.InvalidRecord },
        { "publishedAt", Draft with { PublishedAt = "yesterday" }, RecordProblem.InvalidRecord },
        { "publishedAt", Draft with { PublishedAt = "2026-02-01T12:00:00.001Z" }, RecordProblem.InvalidRecord },
        { "publishedAt", Draft with { PublishedAt = "0001-01-01T00:00:00Z" }, RecordProblem.InvalidRecord },
        { "publishedAt", Draft with { PublishedAt = "9999-99-99T00:00:00Z" }, RecordProblem.InvalidRecord },
        { "url", Draft with { Url = "/relative" }, RecordProblem.InvalidRecord },
        { "url", Draft with { Url = "JavaScript:alert(1)" }, RecordProblem.InvalidRecord },
        { "url", Draft with { Url = "https://" + new string('a', 2_000) }, RecordProblem.RecordTooLarge },
    };

    [Theory]
    [MemberData(nameof(Refusals))]
    public void What_is_refused_names_code_and_field(string field, RecordDraft draft, string code)
    {
        Assert.False(RecordVerifier.Announce("n", draft, Now, out _, out var problem));
        Assert.Equal((code, field), (problem.Code, problem.Field));
        Assert.NotEmpty(problem.Detail);
    }

    [Theory]
    [InlineData("2026-02-01T12:00:00Z", "2026-02-01T12:00:00.000Z")] // exactly a day ahead
    [InlineData("2024-02-29t23:59:60z", "2024-02-29T23:59:59.999Z")]
    [InlineData("1000-01-01", "1000-01-01T00:00:00.000Z")]
    [InlineData("2020-01-01 00:00:00.5-11:30", "2020-01-01T11:30:00.500Z")]
    public void Times_of_RFC_3339_are_read(string written, string expected)
    {
        var at = Accepted(Draft with { PublishedAt = written }).Description!.PublishedAt!.Value;
        Assert.Equal(expected, DateTimeOffset.FromUnixTimeMilliseconds(at).ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", null));
    }

    [Theory]
    [InlineData("2023-02-29T00:00:00Z")]
    [InlineData("2024-01-01T24:00:00Z")]
    [InlineData("2024-01-01T00:00:00")]
    [InlineData("2024-01-01T00:00:00+0100")]
    [InlineData("2024-01-01T00:00:00.Z")]
    [InlineData("+024-01-01T00:00:00Z")]
    [InlineData("2024-01-01T0٣:00:00Z")]
    [InlineData("2024-01-01T00:00:00Z ")]
    public void Times_that_are_not_of_RFC_3339_are_refused(string written) =>
        Assert.False(RecordVerifier.Announce("n", Draft with { PublishedAt = written }, Now, out _, out _));

    [Theory]
    [InlineData("A-z.0_9", true)]
    [InlineData("", false)]
    [InlineData("a b", false)]
    [InlineData("nö", false)]
    [InlineData("a/b", false)]
    public void A_node_id_is_of_few_characters(string nodeId, bool good)
    {
        Assert.Equal(good, RecordVerifier.IsNodeId(nodeId));
        Assert.Equal(good, RecordVerifier.Withdraw(nodeId, "c", out _, out var problem));
        Assert.Equal(good ? null : RecordProblem.InvalidNode, problem?.Code);
        Assert.False(RecordVerifier.IsNodeId(new string('a', 65)));
    }

    [Fact]
    public void The_body_may_leave_the_contentId_to_the_address_but_not_contradict_it()
    {
        Assert.True(RecordVerifier.Announce("n", "c", Draft with { ContentId = null }, Now, out var announcement, out _));
        Assert.Equal("c", announcement.ContentId);
        Assert.False(RecordVerifier.Announce("n", "c", Draft, Now, out _, out var problem));
        Assert.Equal((RecordProblem.InvalidRecord, "contentId"), (problem.Code, problem.Field));
    }

    [Fact]
    public void A_withdrawal_has_no_description()
    {
        Assert.True(RecordVerifier.Take("n", new RecordDraft { ContentId = "c", IsWithdrawal = true }, Now, out var withdrawal, out _));
        Assert.Null(withdrawal.Description);
        Assert.False(RecordVerifier.Take("n", new RecordDraft { IsWithdrawal = true }, Now, out _, out var problem));
        Assert.Equal("contentId", problem.Field);
    }

    [Property(MaxTest = 500)]
    public void Whatever_text_passes_is_stored_as_it_will_be_read_back(string title, string summary, string[] tags, string url)
    {
        var draft = Draft with { Title = title, Summary = summary, Tags = tags, Url = url };
        if (!RecordVerifier.Announce("n", draft, Now, out var announcement, out var problem))
        {
            Assert.NotEmpty(problem.Code);
            return;
        }

        Assert.True(DescriptionCodec.TryDecode(announcement.DescriptionBytes.Span, out var stored, out var fault), fault.ToString());
        Assert.Equivalent(announcement.Description, stored, strict: true);
    }

    private static Announcement Accepted(RecordDraft draft)
    {
        Assert.True(RecordVerifier.Announce("n", draft, Now, out var announcement, out var problem), problem?.Detail);
        return announcement;
    }
}
