using Datt.Paid.Server.OpenApi;
using Microsoft.OpenApi;

namespace Datt.Paid.Server.Search;

/// <summary>The parameters that <see cref="SearchQuery"/> reads, described.</summary>
public static class SearchParameters
{
    private static readonly QueryParameter Query = new(
        "q", JsonSchemaType.String, "Words, \"a phrase\", OR, -not, word*, title:word, label:, author:, tag:. May be left out where a filter is given.");

    private static readonly QueryParameter[] Filters =
    [
        new("label", JsonSchemaType.String, "Exact label, letter case ignored."),
        new("tag", JsonSchemaType.String, "One exact tag, letter case ignored."),
        new("author", JsonSchemaType.String, "Exact author, letter case ignored."),
        new("type", JsonSchemaType.String, "Exact MIME type."),
        new("language", JsonSchemaType.String, "Language tag; en also finds en-GB."),
        new("since", JsonSchemaType.String, "Earliest time (RFC 3339) or day, inclusive."),
        new("until", JsonSchemaType.String, "Latest time (RFC 3339) or day, inclusive."),
    ];

    private static readonly QueryParameter[] Paging =
    [
        new("limit", JsonSchemaType.Integer, "Hits on a page, 1 to 100, 10 where left out."),
        new("cursor", JsonSchemaType.String, "next of the page before."),
        new("sort", JsonSchemaType.String, "The order of hits.", "relevance", "recent"),
        new("budgetMs", JsonSchemaType.Integer, "Hard limit on the time; what was found by then comes back with partial true."),
        new("match", JsonSchemaType.String, "all: no hits that match only some of the words.", "all"),
    ];

    public static QueryParameters All { get; } = new([Query, .. Filters, .. Paging]);

    public static QueryParameters Live { get; } = new([Query, .. Filters]);

    public static QueryParameters Atom { get; } =
        new([Query, .. Filters, .. Paging, new QueryParameter("key", JsonSchemaType.String, "API key, for readers that cannot send headers.")]);

    public static QueryParameters None { get; } = new([]);
}
