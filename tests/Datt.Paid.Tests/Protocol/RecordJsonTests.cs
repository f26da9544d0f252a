using System.Text;
using Datt.Paid.Protocol.Records;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class RecordJsonTests
{
    [Fact]
    public void All_fields_are_read()
    {
        var draft = Read("""
            {"contentId":"c","title":"T\u00e9\ud83d\ude00","summary":"s","label":"l","tags":["a","b"],"author":"me","type":"text/plain","language":"en",
             "size":12,"publishedAt":"2026-01-01T00:00:00Z","url":"https://example.org/","unknown":{"title":[1,{"x":null}]},"\u006cabel2":1}
            """);
        Assert.Equivalent(new RecordDraft
        {
            ContentId = "c",
            Title = "Té😀",
            Summary = "s",
            Label = "l",
            Tags = ["a", "b"],
            Author = "me",
            Type = "text/plain",
            Language = "en",
            Size = 12,
            PublishedAt = "2026-01-01T00:00:00Z",
            Url = "https://example.org/",
        }, draft, strict: true);
    }

    [Fact]
    public void Null_is_absent_and_escaped_names_count_as_written() =>
        Assert.Equivalent(new RecordDraft { Title = "x" }, Read("""{"t\u0069tle":"x","summary":null,"tags":null,"size":null}"""), strict: true);

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"title\"")]
    [InlineData("{")]
    [InlineData("{\"title\":\"x\"} {}")]
    [InlineData("{\"title\":\"x\",}")]
    [InlineData("{title:'x'}")]
    [InlineData("{\"title\":\"x\",\"title\":\"y\"}", "title")]
    [InlineData("{\"title\":\"x\",\"t\\u0069tle\":null}", "title")]
    [InlineData("{\"title\":1}", "title")]
    [InlineData("{\"title\":{\"a\":1}}", "title")]
    [InlineData("{\"title\":\"\\ud800\"}", "title")]
    [InlineData("{\"\\ud800\":1}")]
    [InlineData("{\"tags\":\"a,b\"}", "tags")]
    [InlineData("{\"tags\":[\"a\",1]}", "tags[1]")]
    [InlineData("{\"tags\":[[\"a\"]]}", "tags[0]")]
    [InlineData("{\"size\":1.5}", "size")]
    [InlineData("{\"size\":\"1\"}", "size")]
    [InlineData("{\"size\":99999999999999999999}", "size")]
    public void What_is_not_a_record_is_refused_with_the_field(string json, string? field = null)
    {
        Assert.False(RecordJson.TryRead(Encoding.UTF8.GetBytes(json), out _, out var problem));
        Assert.Equal((RecordProblem.InvalidRecord, field), (problem.Code, problem.Field));
    }

    [Fact]
    public void Bytes_that_are_no_UTF8_are_refused_even_in_unknown_fields()
    {
        byte[] json = [.. "{\"title\":\"x\",\"other\":\""u8, 0xff, .. "\"}"u8];
        Assert.False(RecordJson.TryRead(json, out _, out var problem));
        Assert.Contains("UTF-8", problem.Detail, StringComparison.Ordinal);
    }

    [Fact]
    public void Depth_length_and_count_are_bounded()
    {
        var deep = "{\"x\":" + new string('[', 100_000) + new string(']', 100_000) + "}";
        Assert.False(RecordJson.TryRead(Encoding.UTF8.GetBytes(deep), out _, out var problem));
        Assert.Equal(RecordProblem.InvalidRecord, problem.Code);
        Assert.False(RecordJson.TryRead(new byte[RecordJson.MaxBytes + 1], out _, out problem));
        Assert.Equal(RecordProblem.RecordTooLarge, problem.Code);
        var tags = $"{{\"tags\":[{string.Join(',', Enumerable.Repeat("\"a\"", 33))}]}}";
        Assert.False(RecordJson.TryRead(Encoding.UTF8.GetBytes(tags), out _, out problem));
        Assert.Equal((RecordProblem.RecordTooLarge, "tags"), (problem.Code, problem.Field));
    }

    [Fact]
    public void Op_counts_in_lines_only()
    {
        Assert.True(RecordJson.TryReadLine("""{"op":"delete","contentId":"c"}"""u8, out var draft, out _));
        Assert.True(draft.IsWithdrawal);
        Assert.True(RecordJson.TryReadLine("""{"contentId":"c","title":"t"}"""u8, out draft, out _));
        Assert.False(draft.IsWithdrawal);
        Assert.False(RecordJson.TryReadLine("""{"op":"remove","contentId":"c"}"""u8, out _, out var problem));
        Assert.Equal("op", problem.Field);
        Assert.False(Read("""{"op":"delete","contentId":"c"}""").IsWithdrawal);
    }

    [Property(MaxTest = 500)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes, uint seed)
    {
        Assert.Equal(RecordJson.TryReadLine(bytes, out _, out var problem), problem is null);
        var json = Encoding.UTF8.GetBytes("""{"contentId":"c","title":"\ud83d\ude00","tags":["a"],"size":1,"x":{"y":[1,2e3,null,true]}}""");
        var samples = new RecordSamples(seed);
        for (var i = 0; i < 3; i++)
            json[samples.Next(json.Length)] = (byte)samples.Next(256);
        Assert.Equal(RecordJson.TryReadLine(json, out _, out problem), problem is null);
    }

    private static RecordDraft Read(string json)
    {
        Assert.True(RecordJson.TryRead(Encoding.UTF8.GetBytes(json), out var draft, out var problem), problem?.Detail);
        return draft;
    }
}
