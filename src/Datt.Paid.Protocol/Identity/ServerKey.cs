using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.Protocol.Identity;

/// <summary>
/// The private key of a server: ECDSA on P-256 with SHA-256. Signatures are r and s side by side, 32 bytes each, s in the lower half of
/// its range. Safe for use by several threads.
/// </summary>
public sealed class ServerKey : IDisposable
{
    /// <summary>Length of a signature, in bytes.</summary>
    public const int SignatureSize = 64;

    private readonly ECDsa _key;
    private readonly Lock _lock = new();

    private ServerKey(ECDsa key, string? id, IReadOnlyList<HandOver> handOvers)
    {
        HandOvers = handOvers;
        _key = key;
        PublicKey = ServerPublicKey.TryImport(key.ExportSubjectPublicKeyInfo(), out var half)
            ? half
            : throw new ArgumentException("The key is not on the curve P-256.", nameof(key));
        Id = id ?? half.Fingerprint;
    }

    /// <summary>The server's id: the fingerprint of its first key.</summary>
    public string Id { get; }

    /// <summary>How the server came from its first key to this one, oldest first; empty for a first key.</summary>
    public IReadOnlyList<HandOver> HandOvers { get; }

    /// <summary>The half that everybody may know.</summary>
    public ServerPublicKey PublicKey { get; }

    /// <summary>Makes a new key, the first of a new server.</summary>
    public static ServerKey Create() => new(ECDsa.Create(ECCurve.NamedCurves.nistP256), id: null, []);

    /// <summary>
    /// Reads what <see cref="Export"/> wrote. <paramref name="id"/> is the server's id when this is not its first key, otherwise null.
    /// </summary>
    public static bool TryImport(ReadOnlySpan<byte> pkcs8, string? id, [NotNullWhen(true)] out ServerKey? key)
    {
        key = null;
        return (id is null || ServerPublicKey.IsFingerprint(id)) && TryImport(pkcs8, id, [], out key);
    }

    /// <summary>Reads what <see cref="Export"/> wrote, with the hand-overs that lead from the server's first key to this one; false where they do not.</summary>
    public static bool TryRestore(ReadOnlySpan<byte> pkcs8, IReadOnlyList<HandOver> handOvers, [NotNullWhen(true)] out ServerKey? key)
    {
        if (!TryImport(pkcs8, handOvers is [var first, ..] ? first.Id : null, handOvers, out key))
            return false;
        if (HandOver.Leads(key.Id, handOvers, key.PublicKey))
            return true;
        key.Dispose();
        key = null;
        return false;
    }

    /// <summary>
    /// Makes the key that follows this one and the hand-over to it; the id stays. Null where the server has had <see cref="HandOver.MaxChain"/>
    /// already. This key must not be used any more once the new one is kept.
    /// </summary>
    public ServerKey? Rotate(DateTimeOffset now)
    {
        if (HandOvers.Count >= HandOver.MaxChain)
            return null;
        var next = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        using var half = ServerPublicKey.TryImport(next.ExportSubjectPublicKeyInfo(), out var imported) ? imported : throw new InvalidOperationException("A new key is not on P-256.");
        return new ServerKey(next, Id, [.. HandOvers, HandOver.Sign(this, half, now)]);
    }

    private static bool TryImport(ReadOnlySpan<byte> pkcs8, string? id, IReadOnlyList<HandOver> handOvers, [NotNullWhen(true)] out ServerKey? key)
    {
        key = null;
        var imported = ECDsa.Create();
        try
        {
            imported.ImportPkcs8PrivateKey(pkcs8, out var read);
            if (read == pkcs8.Length)
                key = new ServerKey(imported, id, handOvers);
        }
        catch (Exception e) when (e is CryptographicException or ArgumentException)
        {
            // Not PKCS#8, another algorithm or another curve: all the same to the caller.
        }

        if (key is null)
            imported.Dispose();
        return key is not null;
    }

    /// <summary>The private key as PKCS#8 (DER), not encrypted.</summary>
    public byte[] Export()
    {
        lock (_lock)
            return _key.ExportPkcs8PrivateKey();
    }

    /// <summary>Signs the SHA-256 of <paramref name="data"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        return SignHash(hash);
    }

    /// <summary>Signs a SHA-256 hash.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash)
    {
        if (hash.Length != SHA256.HashSizeInBytes)
            throw new ArgumentException("A SHA-256 hash has 32 bytes.", nameof(hash));
        byte[] signature;
        lock (_lock)
            signature = _key.SignHash(hash, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
        P256.MakeLow(signature);
        return signature;
    }

    /// <summary>Whether this key or one that it came from signed a SHA-256 hash: what a server finds on its own disk after a rotation.</summary>
    public bool HasSigned(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (PublicKey.VerifyHash(hash, signature))
            return true;
        foreach (var link in HandOvers)
        {
            if (!ServerPublicKey.TryImport(Convert.FromBase64String(link.From), out var former))
                continue;
            using (former)
            {
                if (former.VerifyHash(hash, signature))
                    return true;
            }
        }

        return false;
    }

    /// <summary>A secret that only the owner of this key can know (HKDF-SHA-256, RFC 5869), another one for every purpose; at most 1,024 bytes.</summary>
    public byte[] DeriveSecret(string purpose, int length = 32)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(length);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, 1_024);
        ECParameters parameters;
        lock (_lock)
            parameters = _key.ExportParameters(includePrivateParameters: true);
        try
        {
            return HKDF.DeriveKey(HashAlgorithmName.SHA256, parameters.D!, length, info: Encoding.UTF8.GetBytes("datt secret 1 " + purpose));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(parameters.D);
        }
    }

    public void Dispose()
    {
        _key.Dispose();
        PublicKey.Dispose();
    }
}
