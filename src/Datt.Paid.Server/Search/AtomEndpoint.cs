using System.Globalization;
using System.Text;
using System.Xml;
using Datt.Paid.Search;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Operations;
using Microsoft.AspNetCore.WebUtilities;

namespace Datt.Paid.Server.Search;

/// <summary>A search as an Atom feed (RFC 4287), newest first unless asked otherwise, so that a feed reader can keep watching it.</summary>
public sealed class AtomEndpoint(SearchEngine engine, PublicAddress address, ServerMetrics metrics, TimeProvider time)
{
    public const string MediaType = "application/atom+xml";

    private const string Atom = "http://www.w3.org/2005/Atom";
    private const string OpenSearch = "http://a9.com/-/spec/opensearch/1.1/";

    public async Task AnswerAsync(HttpContext context)
    {
        if (!SearchQuery.TryRead(context.Request.QueryString, out var request, out var problem))
        {
            await problem.ExecuteAsync(context);
            return;
        }
        if (!HasSort(context.Request.QueryString))
            request = request with { Sort = SearchSort.Recent };
        var outcome = await engine.SearchAsync(request, context.RequestAborted);
        metrics.Searched(outcome);
        if (outcome is not SearchOutcome.Found found)
        {
            await SearchEndpoint.Refusal(outcome).ExecuteAsync(context);
            return;
        }
        context.Response.ContentType = MediaType + "; charset=utf-8";
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.WriteAsync(Write(found.Page), context.RequestAborted);
    }

    private static bool HasSort(QueryString query)
    {
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            if (pair.DecodeName().Span is "sort")
                return true;
        }
        return false;
    }

    private string Write(SearchPage page)
    {
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(new Utf8Text(text), new XmlWriterSettings { CheckCharacters = false }))
        {
            xml.WriteStartElement("feed", Atom);
            xml.WriteAttributeString("xmlns", "opensearch", null, OpenSearch);
            xml.WriteElementString("id", Atom, address.Of("/search.atom?q=" + Uri.EscapeDataString(page.Query)));
            xml.WriteElementString("title", Atom, Clean("Search: " + page.Query));
            xml.WriteElementString("updated", Atom, Stamp(page.Hits.Count == 0 ? time.GetUtcNow() : page.Hits.Max(Updated)));
            xml.WriteElementString("totalResults", OpenSearch, page.Total.ToString(CultureInfo.InvariantCulture));
            foreach (var hit in page.Hits)
                WriteEntry(xml, hit);
            xml.WriteEndElement();
        }
        return text.ToString();
    }

    private void WriteEntry(XmlWriter xml, SearchHit hit)
    {
        var description = hit.Entry.Description;
        xml.WriteStartElement("entry", Atom);
        xml.WriteElementString("id", Atom, "urn:datt:" + Uri.EscapeDataString(hit.Entry.ContentId));
        xml.WriteElementString("title", Atom, Clean(description.Title));
        xml.WriteElementString("updated", Atom, Stamp(Updated(hit)));
        xml.WriteStartElement("author", Atom);
        xml.WriteElementString("name", Atom, Clean(description.Author ?? "unknown"));
        xml.WriteEndElement();
        xml.WriteStartElement("link", Atom);
        xml.WriteAttributeString("href", IsWeb(description.Url) ? description.Url : address.Of("/api/v1/content/" + Uri.EscapeDataString(hit.Entry.ContentId)));
        xml.WriteEndElement();
        foreach (var tag in description.Tags)
        {
            xml.WriteStartElement("category", Atom);
            xml.WriteAttributeString("term", Clean(tag));
            xml.WriteEndElement();
        }
        xml.WriteStartElement("summary", Atom);
        xml.WriteAttributeString("type", "html");
        xml.WriteString(Clean(hit.Highlight));
        xml.WriteEndElement();
        xml.WriteEndElement();
    }

    private static DateTimeOffset Updated(SearchHit hit) => hit.Entry.Description.PublishedAt is { } published
        ? DateTimeOffset.FromUnixTimeMilliseconds(published)
        : hit.Entry.Holders is [var first, ..] ? first.AnnouncedAt : DateTimeOffset.UnixEpoch;

    private static string Stamp(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);

    // A reader may follow the link: only web addresses go out as one.
    private static bool IsWeb(string? url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);

    // What XML 1.0 has no way to write: announced texts may hold U+FFFE, U+FFFF.
    private static string Clean(string text) => text.All(XmlConvert.IsXmlChar) ? text : Strip(text);

    private static string Strip(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes())
            clean.Append(rune.Value is 0x9 or 0xA or 0xD or (>= 0x20 and <= 0xFFFD) or >= 0x10000 ? rune.ToString() : " ");
        return clean.ToString();
    }
}
