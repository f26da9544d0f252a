using System.Text;
using System.Xml;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Hosting;

namespace Datt.Paid.Server.Search;

/// <summary>How a browser or feed reader searches here (OpenSearch 1.1).</summary>
public static class OpenSearchDescription
{
    public const string MediaType = "application/opensearchdescription+xml";

    private const string Namespace = "http://a9.com/-/spec/opensearch/1.1/";

    public static Task AnswerAsync(HttpContext context)
    {
        var address = context.RequestServices.GetRequiredService<PublicAddress>();
        var text = new StringBuilder();
        using (var xml = XmlWriter.Create(new Utf8Text(text)))
        {
            xml.WriteStartElement("OpenSearchDescription", Namespace);
            xml.WriteElementString("ShortName", Namespace, ServerCards.Software);
            xml.WriteElementString("Description", Namespace, "Full-text search over the content of a peer-to-peer network.");
            xml.WriteElementString("InputEncoding", Namespace, "UTF-8");
            WriteUrl(xml, AtomEndpoint.MediaType, address.Of("/search.atom?q={searchTerms}&limit={count?}"));
            WriteUrl(xml, "application/json", address.Of("/api/v1/search?q={searchTerms}&limit={count?}"));
            WriteUrl(xml, "application/x-suggestions+json", address.Of("/api/v1/suggest?q={searchTerms}"));
            xml.WriteEndElement();
        }
        context.Response.ContentType = MediaType + "; charset=utf-8";
        return context.Response.WriteAsync(text.ToString(), context.RequestAborted);
    }

    private static void WriteUrl(XmlWriter xml, string type, string template)
    {
        xml.WriteStartElement("Url", Namespace);
        xml.WriteAttributeString("type", type);
        xml.WriteAttributeString("template", template);
        xml.WriteEndElement();
    }
}

/// <summary>A text that says of itself, in its XML declaration, what it is sent as.</summary>
internal sealed class Utf8Text(StringBuilder text) : StringWriter(text, System.Globalization.CultureInfo.InvariantCulture)
{
    public override Encoding Encoding => Encoding.UTF8;
}
