using Datt.Paid.Nodes;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.WebSockets;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Net.Http.Headers;
using Microsoft.OpenApi;

namespace Datt.Paid.Server.Nodes;

/// <summary>
/// Opens presence sockets: the handshake of RFC 6455 section 4.2, over HTTP/2 that of RFC 8441. Done by hand, because the platform's WebSocket
/// does not show the answers to its pings, which renew a presence.
/// </summary>
public sealed class PresenceEndpoint(NodeRegistry nodes, PresenceSockets sockets)
{
    /// <summary>What it reads from the query string.</summary>
    public static readonly QueryParameters Parameters = new(
        [new QueryParameter("key", JsonSchemaType.String, "The API key, for browsers, which cannot send headers with a WebSocket.")]);

    public async Task AnswerAsync(HttpContext context)
    {
        var nodeId = (string?)context.Request.RouteValues["nodeId"];
        var problem = Accepting(context, out var accept)
            ?? await NodeClaims.RefusalAsync(nodes, nodeId, context.Caller(), context.RequestAborted)
            ?? await sockets.HoldAsync(context, nodeId!, accept!);
        if (problem is not null)
            await problem.ExecuteAsync(context);
    }

    private static Problem? Accepting(HttpContext context, out Func<Task<Stream>>? accept)
    {
        accept = null;
        var headers = context.Request.Headers;
        if (headers.SecWebSocketVersion != "13")
        {
            context.Response.Headers.SecWebSocketVersion = "13";
            return Problem.Invalid("upgrade", "This call is a WebSocket of version 13. PUT /api/v1/nodes/{nodeId} takes heartbeats.");
        }
        if (context.Features.Get<IHttpExtendedConnectFeature>() is { IsExtendedConnect: true } connect)
        {
            if (!string.Equals(connect.Protocol, "websocket", StringComparison.OrdinalIgnoreCase))
                return Problem.Invalid("upgrade", "The only protocol to connect to is websocket.");
            accept = () => connect.AcceptAsync().AsTask();
            return null;
        }
        if (context.Features.Get<IHttpUpgradeFeature>() is not { IsUpgradableRequest: true } upgrade
            || !headers.Upgrade.Any(value => string.Equals(value, "websocket", StringComparison.OrdinalIgnoreCase)))
        {
            return Problem.Invalid("upgrade", "This call is a WebSocket: Connection: Upgrade, Upgrade: websocket.");
        }
        if (headers.SecWebSocketKey is not [{ } key] || !Handshake.IsKey(key))
            return Problem.Invalid("upgrade", "Sec-WebSocket-Key must be 16 bytes in base64.");
        accept = () =>
        {
            var response = context.Response.Headers;
            response.Connection = HeaderNames.Upgrade;
            response.Upgrade = "websocket";
            response.SecWebSocketAccept = Handshake.Accept(key);
            return upgrade.UpgradeAsync();
        };
        return null;
    }
}
