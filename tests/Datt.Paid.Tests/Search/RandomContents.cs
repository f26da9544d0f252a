using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Search;

namespace Datt.Paid.Tests.Search;

/// <summary>Contents and queries of few words, so that they meet often.</summary>
internal sealed class RandomContents(Random random)
{
    private static readonly string[] Words =
        ["paris", "Paris", "run", "running", "runner", "runs", "the", "of", "hotel", "hotels", "wi-fi", "café", "cafe", "island", "islands", "la", "les", "maison", "x1"];

    private static readonly string?[] Languages = [null, "en", "en-gb", "fr", "xx"];

    public CatalogEntry Content(int id) => TestIndex.Entry(
        $"c{id}",
        new Description
        {
            Title = Text(1, 4),
            Summary = Text(0, 8),
            Label = Pick<string?>([null, "travel", "Food"]),
            Tags = [.. Enumerable.Range(0, random.Next(3)).Select(_ => Pick(["Old Town", "sea", "running"]))],
            Author = Pick<string?>([null, "Ann Lee", "bob"]),
            Type = Pick<string?>([null, "text/html", "text/markdown"]),
            Language = Pick(Languages),
            PublishedAt = random.Next(2) == 0 ? null : random.Next(5),
        },
        announcedAt: random.Next(5));

    public SearchRequest Request() => new()
    {
        Query = string.Join(' ', Enumerable.Range(0, random.Next(1, 5)).Select(_ => Clause(2))),
        Limit = 100,
        Sort = Pick([SearchSort.Relevance, SearchSort.Recent]),
        Label = Rarely("TRAVEL"),
        Tag = Rarely("old town"),
        Author = Rarely("Ann Lee"),
        Type = Rarely("text/html"),
        Language = Rarely(Pick(["en", "fr", "en-GB", "xx"])),
        Since = random.Next(8) == 0 ? DateTimeOffset.FromUnixTimeMilliseconds(random.Next(5)) : null,
        Until = random.Next(8) == 0 ? DateTimeOffset.FromUnixTimeMilliseconds(random.Next(5)) : null,
    };

    public T Pick<T>(T[] from) => from[random.Next(from.Length)];

    private string Text(int least, int most) => string.Join(' ', Enumerable.Range(0, random.Next(least, most + 1)).Select(_ => Pick(Words)));

    private string? Rarely(string value) => random.Next(10) == 0 ? value : null;

    private string Clause(int depth) => random.Next(14) switch
    {
        0 => "-" + Atom(),
        1 => $"{Atom()} OR {Atom()}",
        2 => $"{Atom()} OR {Atom()} OR {Atom()}",
        3 when depth > 0 => $"({Clause(depth - 1)} {Atom()})",
        4 when depth > 0 => $"-({Atom()} {Clause(depth - 1)})",
        _ => Atom(),
    };

    private string Atom() => random.Next(12) switch
    {
        0 => $"\"{Text(1, 3)}\"",
        1 => Pick(["run*", "p*", "hot*", "caf*", "maiso*", "th*"]),
        2 => "title:" + Pick(Words),
        3 => $"title:\"{Text(2, 2)}\"",
        4 => Pick(["label:travel", "author:\"ann lee\"", "tag:sea", "tag:\"old town\"", "author:nobody"]),
        _ => Pick(Words),
    };
}
