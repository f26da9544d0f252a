using System.Globalization;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Federation;

/// <summary>The network itself, through the client for strangers' addresses.</summary>
public sealed class OutboundServerSource(OutboundClient client, CrawlSettings settings, TimeProvider time) : IServerSource
{
    // Redirects are judged anew each; more than from http to https and to another path nobody needs.
    private const int Redirects = 3;

    public async Task<CardFetch> FetchCardAsync(Uri server, CancellationToken ct)
    {
        var start = time.GetTimestamp();
        return await GetAsync(Of(server, "/api/v1/server"), SignedCard.MaxBytes, ct) switch
        {
            OutboundOutcome.Answered { Status: 200 } answer => SignedCard.TryRead(answer.Body, out var card, out var fault)
                ? new CardFetch.Answered(card, time.GetElapsedTime(start))
                : new CardFetch.NoCard(Say(fault)),
            OutboundOutcome.Failed { Failure: OutboundFailure.TooLarge } =>
                new CardFetch.NoCard($"It answers with more than the {SignedCard.MaxBytes} bytes of a card."),
            OutboundOutcome.Answered answer => new CardFetch.NoCard($"It answers with status {answer.Status} instead of a card."),
            var other => new CardFetch.Silent(Say(other)),
        };
    }

    public Task<ListFetch> FetchListAsync(Uri server, string? cursor, DateTimeOffset? since, CancellationToken ct)
    {
        var query = cursor is null ? "" : "&cursor=" + Uri.EscapeDataString(cursor);
        if (since is { } from)
            query += "&since=" + Uri.EscapeDataString(from.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        return ListAsync(Of(server, "/federation/v1/servers?limit=200" + query), ct);
    }

    public Task<ListFetch> FetchBootstrapAsync(Uri list, string? cursor, CancellationToken ct) => ListAsync(
        cursor is null ? list.AbsoluteUri : list.AbsoluteUri + (list.Query.Length > 0 ? "&" : "?") + "cursor=" + Uri.EscapeDataString(cursor), ct);

    public async Task<bool> GreetAsync(Uri server, SignedCard own, CancellationToken ct) =>
        await client.SendAsync(
            new OutboundRequest(HttpMethod.Post, Of(server, "/federation/v1/servers"))
            { Body = own.Utf8, MaxResponseBytes = 0, Timeout = settings.Timeout }, ct)
        is OutboundOutcome.Answered { Status: >= 200 and < 300 };

    private async Task<ListFetch> ListAsync(string url, CancellationToken ct) => await GetAsync(url, ServerList.MaxBytes, ct) switch
    {
        OutboundOutcome.Answered { Status: 200 } answer =>
            (ListFetch?)ServerList.TryRead(answer.Body) ?? new ListFetch.Failed("It answers with something else than a list of servers."),
        OutboundOutcome.Answered answer => new ListFetch.Failed($"It answers with status {answer.Status} instead of a list."),
        var other => new ListFetch.Failed(Say(other)),
    };

    private Task<OutboundOutcome> GetAsync(string url, int bytes, CancellationToken ct) => client.SendAsync(
        new OutboundRequest(HttpMethod.Get, url) { MaxResponseBytes = bytes, MaxRedirects = Redirects, Timeout = settings.Timeout }, ct);

    private static string Of(Uri server, string path) => server.AbsoluteUri.TrimEnd('/') + path;

    private static string Say(CardFault fault) => fault switch
    {
        CardFault.Malformed => "What it answers is no card: not JSON that can be signed.",
        CardFault.Incomplete => "Its card lacks a member, or one is of the wrong type or too long.",
        CardFault.BadKey => "The public key in its card is none.",
        CardFault.BadSignature => "The signature of its card is wrong.",
        CardFault.ForeignId => "The id in its card is not that of its key.",
        CardFault.BadHandOver => "The hand-overs in its card do not lead from its first key to the one that it uses.",
        _ => $"Its card is refused: {fault}.",
    };

    private static string Say(OutboundOutcome outcome) => outcome switch
    {
        OutboundOutcome.Refused refused => $"The URL {refused.Reason}.",
        OutboundOutcome.Failed failed => failed.Failure switch
        {
            OutboundFailure.Unresolved => "Its host name has no address.",
            OutboundFailure.Unreachable => "It cannot be connected to.",
            OutboundFailure.TimedOut => "It does not answer in time.",
            OutboundFailure.TooLarge => "Its answer is too large.",
            OutboundFailure.TooManyRedirects => "It redirects too often.",
            _ => "The connection breaks, or what comes is no HTTP.",
        },
        _ => "It does not answer.",
    };
}
