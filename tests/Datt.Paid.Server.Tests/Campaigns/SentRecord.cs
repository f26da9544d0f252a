using System.Globalization;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// The records that a campaign announces: everything in one follows from its content's number and version, so that whatever comes back
/// can be checked in full. Every version has a word of its own to be searched by.
/// </summary>
internal static class SentRecord
{
    /// <summary>A word that every record has.</summary>
    public const string CommonWord = "campaign";

    public static string ContentId(int content) => string.Create(CultureInfo.InvariantCulture, $"test:content-{content}");

    public static int ContentOf(string contentId) => int.Parse(contentId.AsSpan("test:content-".Length), CultureInfo.InvariantCulture);

    public static string Word(int content, int version) => string.Create(CultureInfo.InvariantCulture, $"zq{content}v{version}");

    public static string Title(int content, int version) => $"{CommonWord} {Word(content, version)}";

    public static JsonObject Body(int content, int version)
    {
        var random = new Random((content * 31) + version);
        var summary = new string[random.Next(1, 60)];
        for (var i = 0; i < summary.Length; i++)
            summary[i] = string.Create(CultureInfo.InvariantCulture, $"filler{random.Next(500)}");
        return new JsonObject
        {
            ["contentId"] = ContentId(content),
            ["title"] = Title(content, version),
            ["summary"] = string.Join(' ', summary),
            ["label"] = Label(content, version),
            ["tags"] = new JsonArray("kept", "durable"),
            ["type"] = "text/markdown",
            ["size"] = Size(content, version),
            ["publishedAt"] = "2026-01-02T03:04:05Z",
        };
    }

    public static JsonObject Delete(int content) => new() { ["op"] = "delete", ["contentId"] = ContentId(content) };

    /// <summary>The version that a shown record is of; fails when the parts of it do not belong together.</summary>
    public static int VersionOf(JsonNode shown)
    {
        var content = ContentOf(shown["contentId"]!.GetValue<string>());
        var title = shown["title"]!.GetValue<string>();
        var version = int.Parse(title.AsSpan(title.LastIndexOf('v') + 1), CultureInfo.InvariantCulture);
        Assert.Equal(Title(content, version), title);
        Assert.Equal(Label(content, version), shown["label"]!.GetValue<string>());
        Assert.Equal(Size(content, version), shown["size"]!.GetValue<long>());
        return version;
    }

    private static string Label(int content, int version) => string.Create(CultureInfo.InvariantCulture, $"label{(content + version) % 17}");

    private static long Size(int content, int version) => (content * 1_000_000L) + version;
}
