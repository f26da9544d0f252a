using Datt.Paid.Server.Access;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Storage;

namespace Datt.Paid.Server.Search;

/// <summary>Calls that find contents; all are gated alike, except the description for browsers.</summary>
public static class SearchCalls
{
    private static readonly AccessRule Feed = new(Scopes.Search) { TakesKeyOfQuery = true };

    public static void MapSearch(this IEndpointRouteBuilder app)
    {
        var search = app.ServiceProvider.GetRequiredService<SearchEndpoint>();
        app.MapDescribed("/api/v1/search", search.AnswerAsync).Needs(Scopes.Search).Describes(SearchParameters.All)
            .Answers<SearchAnswer>().AlsoRefuses(400, 410).Names("search", "Search", "Full-text search over the whole index.");

        var live = app.ServiceProvider.GetRequiredService<LiveSearchEndpoint>();
        app.MapDescribed("/api/v1/search/stream", live.AnswerAsync).Needs(Scopes.Search).Describes(SearchParameters.Live)
            .Answers<HitAnswer>("text/event-stream").AlsoRefuses(400, 429)
            .Names("liveSearch", "Search", "New matches as they arrive: Server-Sent Events named hit, each with one hit as data.");

        var atom = app.ServiceProvider.GetRequiredService<AtomEndpoint>();
        app.MapDescribed("/search.atom", atom.AnswerAsync).WithMetadata(Feed).Describes(SearchParameters.Atom)
            .Answers<string>(AtomEndpoint.MediaType).AlsoRefuses(400).Names("searchAtom", "Search", "Matches as an Atom feed, newest first.");
        app.MapDescribed("/opensearch.xml", OpenSearchDescription.AnswerAsync).Describes(SearchParameters.None)
            .Answers<string>(OpenSearchDescription.MediaType).Names("openSearch", "Search", "The OpenSearch description, for browsers.");

        app.MapContentLookup();
    }
}
