using System.IO.Pipelines;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Signalling;
using Datt.Paid.Storage;
using Datt.Paid.WebSockets;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Signalling;

/// <summary>The PeerJS server protocol over HTTP, and what an operator asks about it.</summary>
public static class SignallingCalls
{
    private const int MaxListed = 1_000;

    public static void MapSignalling(this IEndpointRouteBuilder app)
    {
        var calls = app.MapGroup("/peerjs").WithTags("Signalling");
        calls.MapGet("/id", () => TypedResults.Text(PeerId.New())).WithName("newPeerId").WithSummary("A random id for a peer.");
        calls.MapGet("/peers", List).Refuses(400, 401).Produces<string[]>().WithName("listPeers")
            .WithSummary("Ids of peers that are open here, in pages; the header Link names the next page.");
        app.MapDescribed("/peerjs", OpenAsync).AlsoRefuses(400).Names("openPeer", "Signalling", "The WebSocket of a peer: ?key=peerjs&id=&token=");
        app.MapMethods("/peerjs", [HttpMethods.Connect], OpenAsync).ExcludeFromDescription();
        app.MapGet("/api/v1/admin/signalling", Show).WithTags("Operators").Needs(Scopes.Operator).WithName("getSignalling")
            .WithSummary("Peers, messages, and what was refused since the start.");
        app.MapRelay();
    }

    private static IResult List(string? cursor, string? limit, HttpContext context, SignalHub hub, IOptions<SignallingSettings> settings)
    {
        if (!settings.Value.ListPeers)
            return Problem.Unauthorized("The operator of this server switched the list of peers off (Datt:Signalling:ListPeers).");
        if (!Paging.TryReadLimit(limit, MaxListed, MaxListed, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
        {
            return problem;
        }
        var ids = hub.List(after, count);
        if (ids.Count == count)
            context.Response.Headers.Link = $"</peerjs/peers?limit={count}&cursor={Paging.Cursor(ids[^1])}>; rel=\"next\"";
        return TypedResults.Ok(ids);
    }

    private static async Task OpenAsync(HttpContext context)
    {
        var request = SocketRequest.Read(context.Request.QueryString.Value, context.Connection.RemoteIpAddress);
        var stream = await UpgradeAsync(context);
        if (stream is null)
        {
            await new Problem(400, "invalid_request", "This address opens a WebSocket (RFC 6455, version 13). PeerJS clients do it by themselves.").ExecuteAsync(context);
            return;
        }
        await using (stream)
        {
            var transport = new StreamPipe(
                PipeReader.Create(stream, new StreamPipeReaderOptions(useZeroByteReads: true)), PipeWriter.Create(stream));
            await context.RequestServices.GetRequiredService<PeerSessions>().RunAsync(transport, request, context.RequestAborted);
        }
    }

    private static async Task<Stream?> UpgradeAsync(HttpContext context)
    {
        var headers = context.Request.Headers;
        if (headers.SecWebSocketVersion != "13")
            return null;
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
            return connect.Protocol == "websocket" ? await connect.AcceptAsync() : null;
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade || headers.Upgrade.ToString() is not { } wanted
            || !wanted.Equals("websocket", StringComparison.OrdinalIgnoreCase) || !Handshake.IsKey(headers.SecWebSocketKey.ToString()))
        {
            return null;
        }
        context.Response.Headers.Upgrade = "websocket";
        context.Response.Headers.SecWebSocketAccept = Handshake.Accept(headers.SecWebSocketKey.ToString());
        return await upgrade.UpgradeAsync();
    }

    private static SignallingAnswer Show(SignalHub hub) => SignallingAnswer.Of(hub);

    private sealed record StreamPipe(PipeReader Input, PipeWriter Output) : IDuplexPipe;
}

/// <summary>The signalling seen by an operator. Counts are since the start.</summary>
/// <param name="Peers">Open now.</param>
/// <param name="Waiting">Messages that wait for peers that are not there, now.</param>
/// <param name="Opened">Ids opened.</param>
/// <param name="Relayed">Messages that reached their peer here.</param>
/// <param name="Forwarded">Messages that reached their peer at another server.</param>
/// <param name="Expired">Times that a caller was told that a peer is not there.</param>
/// <param name="Refusals">What was refused, and why.</param>
public sealed record SignallingAnswer(int Peers, int Waiting, long Opened, long Relayed, long Forwarded, long Expired, SignalRefusals Refusals)
{
    public static SignallingAnswer Of(SignalHub hub)
    {
        var figures = hub.Figures;
        return new SignallingAnswer(
            hub.Count, hub.Waiting, figures.OpenedCount, figures.RelayedCount, figures.ForwardedCount, figures.ExpiredCount,
            new SignalRefusals(
                figures.TakenCount, figures.RefusedCount, figures.FloodCount, figures.TooLargeCount, figures.BrokenCount, figures.SilentCount,
                figures.IgnoredCount, figures.DroppedCount, figures.ForgedCount));
    }
}

/// <param name="Taken">Attempts to open an id that somebody else has.</param>
/// <param name="Refused">Attempts to open an id that were refused for another reason.</param>
/// <param name="Floods">Sockets closed because they sent too often.</param>
/// <param name="TooLarge">Sockets closed because of a message beyond the limit.</param>
/// <param name="Broken">Sockets closed because what came is no WebSocket traffic.</param>
/// <param name="Silent">Sockets closed because nothing came from them.</param>
/// <param name="Ignored">Messages that are none of the protocol.</param>
/// <param name="Dropped">Messages for which there was no room to wait.</param>
/// <param name="Forged">Messages of other servers in the name of a peer that is not theirs.</param>
public sealed record SignalRefusals(long Taken, long Refused, long Floods, long TooLarge, long Broken, long Silent, long Ignored, long Dropped, long Forged);
