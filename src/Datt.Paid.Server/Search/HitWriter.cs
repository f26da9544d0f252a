using System.Text.Json;
using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Search;

namespace Datt.Paid.Server.Search;

/// <summary>Writes contents and their holders as the HTTP contract shows them.</summary>
/// <param name="nodes">Who is present here.</param>
/// <param name="remote">Who is present at other servers.</param>
/// <param name="self">Id of this server.</param>
public sealed class HitWriter(NodeRegistry nodes, RemoteNodes remote, string self)
{
    /// <summary>Holders shown with a hit; <c>holderCount</c> counts all, and the content's own page lists them.</summary>
    public const int MaxHoldersOfHit = 100;

    private static readonly JsonEncodedText ContentId = JsonEncodedText.Encode("contentId");
    private static readonly JsonEncodedText Title = JsonEncodedText.Encode("title");
    private static readonly JsonEncodedText Summary = JsonEncodedText.Encode("summary");
    private static readonly JsonEncodedText Highlight = JsonEncodedText.Encode("highlight");
    private static readonly JsonEncodedText Label = JsonEncodedText.Encode("label");
    private static readonly JsonEncodedText Tags = JsonEncodedText.Encode("tags");
    private static readonly JsonEncodedText Author = JsonEncodedText.Encode("author");
    private static readonly JsonEncodedText Type = JsonEncodedText.Encode("type");
    private static readonly JsonEncodedText Language = JsonEncodedText.Encode("language");
    private static readonly JsonEncodedText Size = JsonEncodedText.Encode("size");
    private static readonly JsonEncodedText PublishedAt = JsonEncodedText.Encode("publishedAt");
    private static readonly JsonEncodedText Url = JsonEncodedText.Encode("url");
    private static readonly JsonEncodedText Score = JsonEncodedText.Encode("score");
    private static readonly JsonEncodedText Holders = JsonEncodedText.Encode("holders");
    private static readonly JsonEncodedText HolderCount = JsonEncodedText.Encode("holderCount");
    private static readonly JsonEncodedText NodeId = JsonEncodedText.Encode("nodeId");
    private static readonly JsonEncodedText Server = JsonEncodedText.Encode("server");
    private static readonly JsonEncodedText Online = JsonEncodedText.Encode("online");
    private static readonly JsonEncodedText Endpoints = JsonEncodedText.Encode("endpoints");

    private readonly JsonEncodedText _self = JsonEncodedText.Encode(self);

    /// <summary>One hit of a search.</summary>
    public void WriteHit(Utf8JsonWriter json, SearchHit hit, DateTimeOffset now)
    {
        var entry = hit.Entry;
        var description = entry.Description;
        json.WriteStartObject();
        json.WriteString(ContentId, entry.ContentId);
        json.WriteString(Title, description.Title);
        json.WriteString(Highlight, hit.Highlight);
        WriteFacts(json, entry);
        json.WriteNumber(Score, MathF.Round(hit.Score, 3));
        WriteHolders(json, entry, MaxHoldersOfHit, now);
        json.WriteEndObject();
    }

    /// <summary>One content with everything that is known about it.</summary>
    public void WriteContent(Utf8JsonWriter json, CatalogEntry entry, DateTimeOffset now)
    {
        json.WriteStartObject();
        json.WriteString(ContentId, entry.ContentId);
        json.WriteString(Title, entry.Description.Title);
        json.WriteString(Summary, entry.Description.Summary);
        WriteFacts(json, entry);
        WriteHolders(json, entry, CatalogEntry.MaxHolders, now);
        json.WriteEndObject();
    }

    private static void WriteFacts(Utf8JsonWriter json, CatalogEntry entry)
    {
        var description = entry.Description;
        json.WriteString(Label, description.Label);
        json.WriteStartArray(Tags);
        var tags = description.Tags;
        for (var i = 0; i < tags.Count; i++)
            json.WriteStringValue(tags[i]);
        json.WriteEndArray();
        json.WriteString(Author, description.Author);
        json.WriteString(Type, description.Type);
        json.WriteString(Language, description.Language);
        if (description.Size is { } size)
            json.WriteNumber(Size, size);
        else
            json.WriteNull(Size);
        if (description.PublishedAt is { } published)
            json.WriteString(PublishedAt, DateTime.UnixEpoch.AddMilliseconds(published));
        else
            json.WriteNull(PublishedAt);
        json.WriteString(Url, description.Url);
    }

    private void WriteHolders(Utf8JsonWriter json, CatalogEntry entry, int max, DateTimeOffset now)
    {
        json.WriteStartArray(Holders);
        var holders = entry.Holders;
        for (var i = 0; i < holders.Count && i < max; i++)
        {
            var node = holders[i].Node;
            json.WriteStartObject();
            json.WriteString(NodeId, node.NodeId);
            if (node.Origin == self)
                WriteOwn(json, node.NodeId, now);
            else
                WriteForeign(json, node.Origin, node.NodeId, now);
            json.WriteEndObject();
        }
        json.WriteEndArray();
        json.WriteNumber(HolderCount, entry.HolderCount);
    }

    private void WriteOwn(Utf8JsonWriter json, string nodeId, DateTimeOffset now)
    {
        json.WriteString(Server, _self);
        var endpoints = NodeEndpoints.None;
        json.WriteBoolean(Online, nodes.TryGet(nodeId, out var known) && known.IsOnline(now, out endpoints));
        json.WritePropertyName(Endpoints);
        json.WriteRawValue(endpoints.Json, skipInputValidation: true);
    }

    private void WriteForeign(Utf8JsonWriter json, string origin, string nodeId, DateTimeOffset now)
    {
        json.WriteString(Server, origin);
        if (remote.IsOnline(origin, nodeId, now, out var endpoints) is { } online)
            json.WriteBoolean(Online, online);
        else
            json.WriteNull(Online);
        json.WritePropertyName(Endpoints);
        json.WriteRawValue(endpoints.Json, skipInputValidation: true);
    }
}
