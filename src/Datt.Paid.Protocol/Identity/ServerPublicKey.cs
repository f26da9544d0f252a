using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A server's public key, kept imported because importing costs more than a check. Safe for use by several threads.</summary>
public sealed class ServerPublicKey : IDisposable
{
    private const string Base32 = "abcdefghijklmnopqrstuvwxyz234567";

    private readonly byte[] _spki;
    private readonly ECDsa _key;
    private readonly Lock _lock = new();

    private ServerPublicKey(byte[] spki, ECDsa key)
    {
        _spki = spki;
        _key = key;
        Fingerprint = FingerprintOf(spki);
    }

    /// <summary>Lower-case base32 (RFC 4648, no padding) of the SHA-256 of <see cref="Spki"/>: 52 characters.</summary>
    public string Fingerprint { get; }

    /// <summary>DER SubjectPublicKeyInfo.</summary>
    public ReadOnlyMemory<byte> Spki => _spki;

    /// <summary>
    /// Reads a DER SubjectPublicKeyInfo: P-256 as a named curve, point not compressed; anything else is refused, so that a key has one
    /// fingerprint.
    /// </summary>
    public static bool TryImport(ReadOnlySpan<byte> spki, [NotNullWhen(true)] out ServerPublicKey? key)
    {
        key = null;
        var prefix = P256.SpkiPrefix;
        if (spki.Length != prefix.Length + 2 * P256.FieldSize || !spki.StartsWith(prefix))
            return false;
        var point = spki[prefix.Length..];
        var parameters = new ECParameters
        {
            Curve = ECCurve.NamedCurves.nistP256,
            Q = new ECPoint { X = point[..P256.FieldSize].ToArray(), Y = point[P256.FieldSize..].ToArray() },
        };
        try
        {
            key = new ServerPublicKey(spki.ToArray(), ECDsa.Create(parameters));
            return true;
        }
        catch (CryptographicException)
        {
            // The point is not on the curve.
            return false;
        }
    }

    /// <summary>Whether the text can be a <see cref="Fingerprint"/>.</summary>
    public static bool IsFingerprint(ReadOnlySpan<char> text) => text.Length == 52 && !text.ContainsAnyExcept(Base32) && text[^1] is 'a' or 'q';

    /// <summary>Whether the signature is this key's over the SHA-256 of <paramref name="data"/>, in the one accepted form.</summary>
    public bool Verify(ReadOnlySpan<byte> data, ReadOnlySpan<byte> signature)
    {
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(data, hash);
        return VerifyHash(hash, signature);
    }

    /// <summary>The same over a SHA-256 hash.</summary>
    public bool VerifyHash(ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        if (signature.Length != ServerKey.SignatureSize || hash.Length != SHA256.HashSizeInBytes || !P256.IsLow(signature))
            return false;
        lock (_lock)
            return _key.VerifyHash(hash, signature, DSASignatureFormat.IeeeP1363FixedFieldConcatenation);
    }

    public void Dispose() => _key.Dispose();

    private static string FingerprintOf(ReadOnlySpan<byte> spki)
    {
        // 256 bits are 51 characters of 5 and one more bit, which the last character carries in front of four zeros.
        var hash = SHA256.HashData(spki);
        return string.Create((8 * hash.Length + 4) / 5, hash, static (text, bytes) =>
        {
            for (var i = 0; i < text.Length; i++)
            {
                var value = 0;
                for (var bit = 5 * i; bit < 5 * i + 5; bit++)
                    value = 2 * value + (bit < 8 * bytes.Length ? bytes[bit / 8] >> (7 - bit % 8) & 1 : 0);
                text[i] = Base32[value];
            }
        });
    }
}
