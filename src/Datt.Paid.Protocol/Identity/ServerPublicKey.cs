using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A server's public key, kept imported because importing costs more than a check. Safe for use by several threads.</summary>
public sealed class ServerPublicKey : IDisposable
{
    /// <summary>Reads a DER SubjectPublicKeyInfo: P-256 as a named curve, point not compressed; anything else is refused.</summary>
    public static bool TryImport(ReadOnlySpan<byte> spki, [NotNullWhen(true)] out ServerPublicKey? key) => throw new NotImplementedException();

    /// <summary>Lower-case base32 (RFC 4648, no padding) of the SHA-256 of <see cref="Spki"/>: 52 characters.</summary>
    public string Fingerprint => throw new NotImplementedException();

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> Spki => throw new NotImplementedException();

    /// <summary>Whether the signature is this key's over the SHA-256 of <paramref name="data"/>, in the one accepted form.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature) => throw new NotImplementedException();

    /// <summary>The same over a hash.</summary>
    public bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature) => throw new NotImplementedException();

    public void Dispose() => throw new NotImplementedException();
}
