using System.Buffers.Text;
using System.Security.Cryptography;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A request as its receiver sees it.</summary>
/// <param name="Method">Such as <c>GET</c>.</param>
/// <param name="Authorities">Host and port (without the scheme's own) under which the receiver may be called.</param>
/// <param name="Paths">Path as it came, and with whatever a proxy took off its beginning; percent-encoded.</param>
/// <param name="Query">With its question mark; empty where there is none.</param>
/// <param name="SignatureInput">The field of this name; several lines joined by a comma.</param>
/// <param name="Signature">The field of this name.</param>
/// <param name="ContentDigest">The field of this name.</param>
public sealed record ReceivedRequest(
    string Method, IReadOnlyList<string> Authorities, IReadOnlyList<string> Paths, string Query, string? SignatureInput, string? Signature, string? ContentDigest);

/// <summary>What became of checking a request's signature.</summary>
public abstract record RequestSignatureOutcome
{
    private RequestSignatureOutcome()
    {
    }

    /// <summary>Signed by the key of this server. The receiver still has to see whether <paramref name="Nonce"/> was used before.</summary>
    public sealed record Good(string ServerId, string Nonce, DateTimeOffset Created) : RequestSignatureOutcome;

    public sealed record Bad(RequestSignatureFault Fault) : RequestSignatureOutcome;
}

/// <summary>Why a request does not count as signed.</summary>
public enum RequestSignatureFault
{
    /// <summary>There is no signature with our tag.</summary>
    Unsigned,

    /// <summary>A field is not of the form, or longer than is read.</summary>
    Malformed,

    /// <summary>A parameter is missing or out of range, or the algorithm is another one.</summary>
    BadParameters,

    /// <summary>The signature leaves out what must be covered, or covers what is not known here.</summary>
    NotCovered,

    /// <summary>Created more than <see cref="RequestSignature.Tolerance"/> ago or ahead, or expired.</summary>
    Stale,

    /// <summary>The key is of nobody known.</summary>
    UnknownKey,

    /// <summary>The body is not the one that the digest is of.</summary>
    BadDigest,

    /// <summary>The signature is not that key's over this request.</summary>
    BadSignature,
}

/// <summary>
/// Signatures of requests between servers: HTTP Message Signatures (RFC 9421) with <c>ecdsa-p256-sha256</c>, and Content-Digest (RFC 9530) of a
/// body. Covered are <c>@method</c>, <c>@authority</c>, <c>@path</c>, <c>@query</c>, and <c>content-digest</c> where there is a body. Not <c>@target-uri</c>: its
/// scheme is lost where a proxy ends TLS, while the parts can be compared with the address that the receiver knows itself by.
/// Parameters are <c>created</c>, <c>keyid</c> (the server's id), <c>nonce</c> and <c>tag</c>.
/// </summary>
public static class RequestSignature
{
    /// <summary>Value of the parameter <c>tag</c> (RFC 9421 section 2.3), so that a signature made for this is good for nothing else.</summary>
    public const string Tag = "datt-federation-1";

    /// <summary>Greatest difference between <c>created</c> and the receiver's time.</summary>
    public static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    private const string Label = "datt";
    private const string Algorithm = "ecdsa-p256-sha256";
    private const string Digest = "content-digest";
    private const int NonceBytes = 16;

    private static readonly string[] Covered = ["@method", "@authority", "@path", "@query"];

    /// <summary>The fields to add to a request: Content-Digest where there is a body, Signature-Input, Signature.</summary>
    public static IReadOnlyList<KeyValuePair<string, string>> Sign(
        string method, Uri target, ReadOnlySpan<byte> body, DateTimeOffset created, ServerKey key) =>
        Sign(method, target, body, created, Base64Url.EncodeToString(RandomNumberGenerator.GetBytes(NonceBytes)), key);

    internal static IReadOnlyList<KeyValuePair<string, string>> Sign(
        string method, Uri target, ReadOnlySpan<byte> body, DateTimeOffset created, string nonce, ServerKey key)
    {
        var digest = body.IsEmpty ? null : $"sha-256=:{Convert.ToBase64String(SHA256.HashData(body))}:";
        var input = new SignatureInput(
            Label,
            digest is null ? Covered : [.. Covered, Digest],
            [
                KeyValuePair.Create<string, object>("created", created.ToUnixTimeSeconds()), KeyValuePair.Create<string, object>("keyid", key.Id),
                KeyValuePair.Create<string, object>("nonce", nonce), KeyValuePair.Create<string, object>("tag", Tag),
            ]);
        var signed = input.Base(component => Value(component, method, AuthorityOf(target), target.AbsolutePath, target.Query, digest))!;
        List<KeyValuePair<string, string>> fields = digest is null ? [] : [KeyValuePair.Create("Content-Digest", digest)];
        fields.Add(KeyValuePair.Create("Signature-Input", $"{Label}={input.Serialized}"));
        fields.Add(KeyValuePair.Create("Signature", $"{Label}=:{Convert.ToBase64String(key.Sign(signed))}:"));
        return fields;
    }

    /// <summary>Host and port as <c>@authority</c> names them (RFC 9421 section 2.2.3): lower case, without the scheme's own port.</summary>
    public static string AuthorityOf(Uri address) =>
        (address.HostNameType == UriHostNameType.IPv6 ? address.Host : address.IdnHost).ToLowerInvariant() + (address.IsDefaultPort ? "" : $":{address.Port}");

    /// <summary>Checks a request's signature.</summary>
    /// <param name="request">What came.</param>
    /// <param name="body">Byte for byte; empty where there is none.</param>
    /// <param name="keyOf">The public key of a known server by its id, null where none is known.</param>
    /// <param name="now">The receiver's time.</param>
    public static RequestSignatureOutcome Verify(
        ReceivedRequest request, ReadOnlySpan<byte> body, Func<string, ServerPublicKey?> keyOf, DateTimeOffset now)
    {
        if (request.SignatureInput is null || request.Signature is null)
            return Bad(RequestSignatureFault.Unsigned);
        if (!SignatureInput.TryRead(request.SignatureInput, out var inputs))
            return Bad(RequestSignatureFault.Malformed);
        if (inputs.FirstOrDefault(i => i.Text("tag") == Tag) is not { } input)
            return Bad(RequestSignatureFault.Unsigned);
        if (!SignatureInput.TryReadBytes(request.Signature, input.Label, out var signature))
            return Bad(RequestSignatureFault.Malformed);
        if (input.Number("created") is not { } created || input.Text("keyid") is not { } id || !ServerPublicKey.IsFingerprint(id)
            || input.Text("nonce") is not { Length: >= 16 and <= 64 } nonce || created < 0 || created > DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            || input.Parameters.Any(p => p.Key is "expires" && p.Value is not long || p.Key is "alg" && p.Value is not Algorithm)
            || signature.Length != ServerKey.SignatureSize)
            return Bad(RequestSignatureFault.BadParameters);
        if (Covered.Except(input.Components).Any() || (!body.IsEmpty && !input.Components.Contains(Digest)))
            return Bad(RequestSignatureFault.NotCovered);
        if (Math.Abs(now.ToUnixTimeSeconds() - created) > Tolerance.TotalSeconds || input.Number("expires") < now.ToUnixTimeSeconds())
            return Bad(RequestSignatureFault.Stale);
        if (keyOf(id) is not { } key)
            return Bad(RequestSignatureFault.UnknownKey);
        if (input.Components.Contains(Digest) && !IsDigest(request.ContentDigest, body))
            return Bad(RequestSignatureFault.BadDigest);
        // Other programs sign with libraries that do not care which half of its range s is in; nothing here is named by a signature.
        P256.MakeLow(signature);
        var known = true;
        foreach (var authority in request.Authorities.Distinct())
        {
            foreach (var path in request.Paths.Distinct())
            {
                var signed = input.Base(component => Value(component, request.Method, authority, path, request.Query, request.ContentDigest));
                known &= signed is not null;
                if (signed is not null && key.Verify(signed, signature))
                    return new RequestSignatureOutcome.Good(id, nonce, DateTimeOffset.FromUnixTimeSeconds(created));
            }
        }

        return Bad(known ? RequestSignatureFault.BadSignature : RequestSignatureFault.NotCovered);
    }

    private static RequestSignatureOutcome.Bad Bad(RequestSignatureFault fault) => new(fault);

    private static bool IsDigest(string? field, ReadOnlySpan<byte> body) =>
        field is not null && SignatureInput.TryReadBytes(field, "sha-256", out var digest) && SHA256.HashData(body).AsSpan().SequenceEqual(digest);

    /// <summary>The value of a component (RFC 9421 section 2.2); an empty path is a slash, an absent query a question mark.</summary>
    private static string? Value(string component, string method, string authority, string path, string query, string? digest) => component switch
    {
        "@method" => method,
        "@authority" => authority,
        "@path" => path.Length == 0 ? "/" : path,
        "@query" => query.Length == 0 ? "?" : query,
        Digest => digest,
        _ => null,
    };
}
