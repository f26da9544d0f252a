using System.Globalization;
using System.Text.Json;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.OpenApi;

namespace Datt.Paid.Server.Federation;

/// <summary>A server of the bootstrap list.</summary>
public sealed record ListedServer(
    string Id, string Url, string Name, AccessAnswer Search, CardPrice? Price, CardCoverage Coverage, DateTimeOffset LastSeen)
{
    public AccessAnswer? Federation { get; init; }

    public static ListedServer Of(ServerCard card, DateTimeOffset lastSeen) => new(
        card.Id, card.Url, card.Name, new AccessAnswer(card.SearchAccess), card.Price, card.Coverage, lastSeen)
    {
        Federation = new AccessAnswer(card.FederationAccess),
    };
}

/// <summary>A page of the bootstrap list.</summary>
public sealed record ServersAnswer(IReadOnlyList<ListedServer> Servers, string? Next);

/// <summary>A page of signed cards of other servers.</summary>
public sealed record CardsAnswer(IReadOnlyList<CardAnswer> Servers, string? Next);

/// <summary>The servers that this one knows, for people's nodes and for other servers, and the door for greetings.</summary>
public static class ServerListCalls
{
    private const int DefaultLimit = 100;

    /// <summary>Comes before every id.</summary>
    private const string BeforeAll = "0";

    /// <summary>A page ends after so many bytes of cards, so that readers can bound what they take.</summary>
    private const int MaxPageBytes = 1024 * 1024;

    private static readonly QueryParameters Parameters = new(
    [
        new("cursor", JsonSchemaType.String, "Continues after the page that gave it."),
        new("limit", JsonSchemaType.Integer, "Servers of a page: 1 to 1000, 100 where left out."),
        new("since", JsonSchemaType.String, "Only servers that are known since this time (RFC 3339)."),
    ]);

    public static void MapServerLists(this IEndpointRouteBuilder app)
    {
        foreach (var (path, name) in new[] { ("/rendezvous", "listServers"), ("/rendezvouz", "listServersOldSpelling") })
        {
            app.MapGet(path, List).WithTags("Server").Refuses(400).WithName(name)
                .WithSummary("Servers to start from: this one and those it knows that answer.");
        }
        app.MapDescribed("/federation/v1/servers", ListCardsAsync).Answers<CardsAnswer>().AlsoRefuses(400).Describes(Parameters)
            .Names("listKnownServers", "Federation", "Every other server that this one knows, as signed cards.");
        app.MapPost("/federation/v1/servers", GreetAsync).Accepts<CardAnswer>("application/json").WithTags("Federation").Refuses(400, 413)
            .WithName("greetServer").WithSummary("Hello: a server shows its signed card, which is then fetched from the URL that it names, checked and listed.");
    }

    private static Results<Ok<ServersAnswer>, Problem> List(string? cursor, string? limit, ServerCards cards, ServerDirectory directory)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, ServerList.MaxPage, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
            return problem;
        var shown = new List<ListedServer>();
        if (after is null)
        {
            var own = cards.Own().Card;
            shown.Add(ListedServer.Of(own, own.Time));
        }
        var last = after;
        foreach (var server in After(directory, after).Where(server => server.State == ServerState.Alive))
        {
            if (shown.Count == count)
                return TypedResults.Ok(new ServersAnswer(shown, Paging.Cursor(last ?? BeforeAll)));
            shown.Add(ListedServer.Of(server.Card.Card, server.LastSeen));
            last = server.Id;
        }
        return TypedResults.Ok(new ServersAnswer(shown, null));
    }

    private static async Task ListCardsAsync(HttpContext context)
    {
        var query = context.Request.Query;
        if (!Paging.TryReadLimit(query["limit"], DefaultLimit, ServerList.MaxPage, out var count, out var problem)
            || !Paging.TryReadCursor(query["cursor"], out var after, out problem)
            || !TryReadTime(query["since"], out var since, out problem))
        {
            await problem.ExecuteAsync(context);
            return;
        }
        context.Response.ContentType = "application/json; charset=utf-8";
        using var json = new Utf8JsonWriter(context.Response.BodyWriter);
        json.WriteStartObject();
        json.WriteStartArray("servers");
        string? last = null, next = null;
        var bytes = 0;
        var known = context.RequestServices.GetRequiredService<ServerDirectory>();
        foreach (var server in After(known, after).Where(server => server.State != ServerState.Refused && server.FirstSeen >= since))
        {
            if (count-- == 0 || (bytes += server.Card.Utf8.Length) > MaxPageBytes)
            {
                next = last;
                break;
            }
            // The bytes that were signed, not another way to write them.
            json.WriteRawValue(server.Card.Utf8.Span, skipInputValidation: true);
            last = server.Id;
        }
        json.WriteEndArray();
        json.WriteString("next", Paging.Cursor(next));
        json.WriteEndObject();
        await json.FlushAsync(context.RequestAborted);
    }

    private static async Task<Results<Accepted, Problem>> GreetAsync(HttpContext context, Greetings greetings, CancellationToken ct)
    {
        var body = new byte[SignedCard.MaxBytes + 1];
        var length = await context.Request.Body.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, ct);
        if (length > SignedCard.MaxBytes)
            return new Problem(413, ProblemCodes.RecordTooLarge, $"A card has at most {SignedCard.MaxBytes} bytes.");
        if (!SignedCard.TryRead(body.AsSpan(0, length), out var card, out var fault))
            return Problem.Invalid("card", $"The body is no signed card: {fault}.");
        greetings.Take(card, context.Connection.RemoteIpAddress);
        return TypedResults.Accepted((string?)null);
    }

    private static IEnumerable<KnownServer> After(ServerDirectory directory, string? id) =>
        id is null ? directory.All : directory.All.SkipWhile(server => string.CompareOrdinal(server.Id, id) <= 0);

    private static bool TryReadTime(string? text, out DateTimeOffset time, [System.Diagnostics.CodeAnalysis.NotNullWhen(false)] out Problem? problem)
    {
        time = DateTimeOffset.MinValue;
        problem = string.IsNullOrEmpty(text)
            || DateTimeOffset.TryParse(text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out time)
                ? null
                : Problem.Invalid("since", "since must be a time like 2026-11-22T12:00:00Z.");
        return problem is null;
    }
}
