using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
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

    private const string Guid = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

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
        Span<byte> nonce = stackalloc byte[16];
        if (headers.SecWebSocketKey is not [{ Length: 24 } key] || !Convert.TryFromBase64String(key, nonce, out var length) || length != 16)
            return Problem.Invalid("upgrade", "Sec-WebSocket-Key must be 16 bytes in base64.");
        accept = () =>
        {
            var response = context.Response.Headers;
            response.Connection = HeaderNames.Upgrade;
            response.Upgrade = "websocket";
            response.SecWebSocketAccept = Answer(key);
            return upgrade.UpgradeAsync();
        };
        return null;
    }

    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The handshake is defined with SHA-1; it protects nothing.")]
    private static string Answer(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Guid)));
}
