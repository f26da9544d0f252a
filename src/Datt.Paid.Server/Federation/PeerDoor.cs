using System.Collections.Concurrent;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Microsoft.AspNetCore.Http.Features;

namespace Datt.Paid.Server.Federation;

/// <summary>A known server that signed a request.</summary>
public sealed record PeerCaller(KnownServer Server);

/// <summary>
/// Tells which known server signed a request (<see cref="RequestSignature"/>). Only servers that are alive count, each request once. What
/// the caller may do is for whoever asks.
/// </summary>
public sealed class PeerDoor(ServerDirectory servers, PublicAddress address, TimeProvider time, ILogger<PeerDoor> log)
{
    private const int MostKeys = 4_096;

    private readonly SeenNonces _seen = new();
    private readonly ConcurrentDictionary<string, ServerPublicKey> _keys = new(StringComparer.Ordinal);

    /// <summary>The caller; null where the request is not signed, not by a known server, not for this one, too old, or came before.</summary>
    /// <param name="context">The request.</param>
    /// <param name="body">Its whole body as it came.</param>
    /// <param name="ct">Stops waiting.</param>
    public Task<PeerCaller?> AuthenticateAsync(HttpContext context, ReadOnlyMemory<byte> body, CancellationToken ct)
    {
        ct.ThrowIfCancellationRequested();
        var now = time.GetUtcNow();
        var outcome = RequestSignature.Verify(Received(context), body.Span, KeyOf, now);
        if (outcome is RequestSignatureOutcome.Good good && servers.TryGet(good.ServerId, out var server) && _seen.TryTake(good.ServerId, good.Nonce, now))
            return Task.FromResult<PeerCaller?>(new PeerCaller(server));
        if (outcome is not RequestSignatureOutcome.Bad { Fault: RequestSignatureFault.Unsigned })
            log.LogDebug("A signed request to {Path} is not taken: {Outcome}", context.Request.Path, outcome);
        return Task.FromResult<PeerCaller?>(null);
    }

    private ReceivedRequest Received(HttpContext context)
    {
        var (path, query) = Target(context.Features.GetRequiredFeature<IHttpRequestFeature>().RawTarget);
        // A proxy may take the beginning of the path off, so both count. Of hosts only our own: the field Host says what the caller likes, and a
        // server that was sent a signed request could pass it on here under its own name.
        string[] bases = [address.Base, .. address.Bound];
        var own = bases.Select(text => Uri.TryCreate(text, UriKind.Absolute, out var uri) ? uri : null).OfType<Uri>().ToArray();
        var headers = context.Request.Headers;
        return new ReceivedRequest(
            context.Request.Method, [.. own.Select(RequestSignature.AuthorityOf)], [path, .. own.Take(1).Select(uri => uri.AbsolutePath.TrimEnd('/') + path)], query,
            Field(headers["Signature-Input"]), Field(headers["Signature"]), Field(headers["Content-Digest"]));
    }

    private static string? Field(Microsoft.Extensions.Primitives.StringValues values) => values.Count == 0 ? null : string.Join(", ", values.ToArray());

    /// <summary>Path and query as they came; a target may name scheme and host too (RFC 9112 section 3.2.2).</summary>
    private static (string Path, string Query) Target(string target)
    {
        var scheme = target.StartsWith('/') ? -1 : target.IndexOf("://", StringComparison.Ordinal);
        if (scheme >= 0)
        {
            var slash = target.IndexOfAny(['/', '?'], scheme + 3);
            target = slash < 0 ? "" : target[slash..];
        }

        var question = target.IndexOf('?', StringComparison.Ordinal);
        return question < 0 ? (target, "") : (target[..question], target[question..]);
    }

    private ServerPublicKey? KeyOf(string id)
    {
        if (!servers.TryGet(id, out var server) || server.State != ServerState.Alive)
            return null;
        var text = server.Card.Card.PublicKey;
        if (_keys.TryGetValue(text, out var known))
            return known;
        if (!ServerPublicKey.TryImport(Convert.FromBase64String(text), out var key))
            return null;
        if (_keys.Count >= MostKeys)
            _keys.Clear();
        return _keys.GetOrAdd(text, key);
    }
}
