using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Identity;

/// <summary>
/// The private key of a server: ECDSA on P-256 with SHA-256. Signatures are r and s side by side, 32 bytes each, s in the lower half of
/// its range. Safe for use by several threads.
/// </summary>
public sealed class ServerKey : IDisposable
{
    /// <summary>Length of a signature, in bytes.</summary>
    public const int SignatureSize = 64;

    /// <summary>Makes a new key, the first of a new server.</summary>
    public static ServerKey Create() => throw new NotImplementedException();

    /// <summary>Reads what <see cref="Export"/> wrote. <paramref name="id"/> is the server's id when this is not its first key, otherwise null.</summary>
    public static bool TryImport(ReadOnlySpan<byte> pkcs8, string? id, [NotNullWhen(true)] out ServerKey? key) =>
        throw new NotImplementedException();

    /// <summary>The server's id: the fingerprint of its first key.</summary>
    public string Id => throw new NotImplementedException();

    /// <summary>The half that everybody may know.</summary>
    public ServerPublicKey PublicKey => throw new NotImplementedException();

    /// <summary>The private key as PKCS#8 (DER), not encrypted.</summary>
    public byte[] Export() => throw new NotImplementedException();

    /// <summary>Signs the SHA-256 of <paramref name="data"/>.</summary>
    public byte[] Sign(ReadOnlySpan<byte> data) => throw new NotImplementedException();

    /// <summary>Signs a SHA-256 hash.</summary>
    public byte[] SignHash(ReadOnlySpan<byte> hash) => throw new NotImplementedException();

    /// <summary>A secret that only the owner of this key can know (HKDF-SHA-256, RFC 5869), another one for every purpose; at most 1,024 bytes.</summary>
    public byte[] DeriveSecret(string purpose, int length = 32) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
