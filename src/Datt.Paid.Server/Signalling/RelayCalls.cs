using System.Buffers;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Signalling;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Signalling;

/// <summary>A peer that is open here.</summary>
public sealed record PeerAnswer(string PeerId, bool Open);

/// <summary>Calls between servers about peers and their messages.</summary>
public static class RelayCalls
{
    public static void MapRelay(this IEndpointRouteBuilder app)
    {
        app.MapGet("/federation/v1/peers/{peerId}", Find).WithTags("Federation").Refuses(404).WithName("findPeer")
            .WithSummary("Whether a peer is open at this server's signalling.");
        app.MapPost(OtherServers.Path, ReceiveAsync).IsUnlimited().WithTags("Federation").Refuses(400, 401, 413, 429).Produces<RelayAnswer>()
            .Accepts<RelayBatch>("application/json").WithName("relaySignals")
            .WithSummary("Looks for peers here and passes messages to them, for a known server that signs its request (RFC 9421).");
    }

    private static Results<Ok<PeerAnswer>, Problem> Find(string peerId, SignalHub hub) =>
        hub.IsOpen(peerId) ? TypedResults.Ok(new PeerAnswer(peerId, true)) : Problem.NotFound("No peer of this id is open at this server.");

    private static async Task<IResult> ReceiveAsync(HttpContext context, SignalRelay relay, PeerDoor door, RelayLimits limits, CancellationToken ct)
    {
        // Before the signature is looked at, which costs more than anything else here.
        if (!limits.TryTake(ClientAddress.Of(context.Connection.RemoteIpAddress), out var retryAfter))
            return Problem.QuotaExceeded("Too many calls from this address. Wait as long as Retry-After says.", retryAfter);
        if (await ReadAsync(context.Request, ct) is not { } body)
            return Problem.TooLarge($"A call takes at most {RelayWire.MaxBytes} bytes. Send messages in several.");
        if (await door.AuthenticateAsync(context, body, ct) is not { } caller)
            return Problem.Unauthorized("Only servers that this one knows may pass messages on. Sign the request (RFC 9421) with the key of your card, and say hello first.");
        if (!RelayWire.TryRead(body, out RelayBatch? batch))
            return new Problem(400, "invalid_json", $"The body is no object with the lists lookups and signals of at most {RelayWire.MaxItems} entries each.");
        return TypedResults.Bytes(RelayWire.Write(relay.Receive(caller.Server.Id, batch)), "application/json");
    }

    private static async Task<byte[]?> ReadAsync(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > RelayWire.MaxBytes)
            return null;
        while (true)
        {
            var result = await request.BodyReader.ReadAsync(ct);
            if (result.Buffer.Length > RelayWire.MaxBytes)
                return null;
            if (result.IsCompleted)
            {
                var body = result.Buffer.ToArray();
                request.BodyReader.AdvanceTo(result.Buffer.End);
                return body;
            }
            request.BodyReader.AdvanceTo(result.Buffer.Start, result.Buffer.End);
        }
    }
}

/// <summary>How often a server, by its address, may pass messages on, and a caller have others asked.</summary>
public sealed class RelayLimits
{
    // Servers gather what comes while a call is under way, so that a second server on a LAN stays below this too.
    private const double CallsPerSecond = 1_000;

    // People call few peers; a page that walks a list of names does not reach every server with each.
    private const double LookupsPerSecond = 5;
    private const double LookupsAtOnce = 100;

    private readonly TokenBuckets? _calls;
    private readonly TokenBuckets? _lookups;

    public RelayLimits(LimitSettings settings, TimeProvider time)
    {
        if (settings.RequestsPerSecond == 0)
            return;
        _calls = new TokenBuckets(CallsPerSecond, CallsPerSecond * 2, time);
        _lookups = new TokenBuckets(LookupsPerSecond, LookupsAtOnce, time);
    }

    /// <summary>Whether one more call may come from this address now.</summary>
    public bool TryTake(UInt128 address, out TimeSpan retryAfter)
    {
        retryAfter = default;
        return _calls is null || _calls.TryTake(address, out retryAfter);
    }

    /// <summary>Whether the caller may have other servers asked for one more peer now.</summary>
    public bool MaySeek(UInt128 caller) => _lookups is null || _lookups.TryTake(caller, out _);
}
