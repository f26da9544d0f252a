using System.Security.Cryptography;

namespace Datt.Paid.Payments.L402;

/// <summary>
/// A macaroon in the binary format version 2 of libmacaroons, read in place: fields are a type, a length as a varint, and bytes. Caveats of
/// third parties are not taken.
/// </summary>
/// <remarks>
/// Format: <c>2 [1 location] 2 identifier 0 ([1 location] 2 caveat 0)* 0 6 signature</c>. The signature is a chain of HMAC-SHA-256 over identifier
/// and caveats, so that a holder can add caveats and nobody can take one away.
/// </remarks>
public readonly ref struct Macaroon
{
    /// <summary>Longest macaroon that is read, in bytes.</summary>
    public const int MaximumSize = 2_048;

    /// <summary>Most caveats that are read.</summary>
    public const int MaximumCaveats = 32;

    /// <summary>Length of keys and signatures, in bytes.</summary>
    public const int HashSize = SHA256.HashSizeInBytes;

    private const byte Version = 2;
    private const byte EndOfSection = 0;
    private const byte LocationField = 1;
    private const byte IdentifierField = 2;
    private const byte SignatureField = 6;

    private readonly ReadOnlySpan<byte> _caveats;

    private Macaroon(ReadOnlySpan<byte> identifier, ReadOnlySpan<byte> caveats, ReadOnlySpan<byte> signature)
    {
        Identifier = identifier;
        _caveats = caveats;
        Signature = signature;
    }

    public ReadOnlySpan<byte> Identifier { get; }

    public ReadOnlySpan<byte> Signature { get; }

    /// <summary>The caveats in their order.</summary>
    public CaveatEnumerator Caveats => new(_caveats);

    /// <summary>The key that a root key stands for in the chain, as all macaroon libraries derive it.</summary>
    public static byte[] DeriveKey(ReadOnlySpan<byte> rootKey) => HMACSHA256.HashData("macaroons-key-generator"u8, rootKey);

    /// <summary>Makes a macaroon without a location.</summary>
    /// <param name="key">From <see cref="DeriveKey"/>.</param>
    public static byte[] Make(ReadOnlySpan<byte> key, ReadOnlySpan<byte> identifier, IReadOnlyList<byte[]> caveats)
    {
        using var bytes = new MemoryStream();
        bytes.WriteByte(Version);
        Write(bytes, IdentifierField, identifier);
        bytes.WriteByte(EndOfSection);
        Span<byte> signature = stackalloc byte[HashSize];
        HMACSHA256.HashData(key, identifier, signature);
        foreach (var caveat in caveats)
        {
            Write(bytes, IdentifierField, caveat);
            bytes.WriteByte(EndOfSection);
            Extend(signature, caveat);
        }
        bytes.WriteByte(EndOfSection);
        Write(bytes, SignatureField, signature);
        return bytes.ToArray();
    }

    /// <summary>Reads a macaroon; false for anything else, and for one beyond the bounds. The result lives in <paramref name="bytes"/>.</summary>
    public static bool TryRead(ReadOnlySpan<byte> bytes, out Macaroon macaroon)
    {
        macaroon = default;
        if (bytes.Length is 0 or > MaximumSize || bytes[0] != Version)
            return false;
        var rest = bytes[1..];
        if (!TryReadSection(ref rest, out var identifier))
            return false;
        var caveats = rest;
        var count = 0;
        while (!rest.IsEmpty && rest[0] != EndOfSection)
        {
            if (++count > MaximumCaveats || !TryReadSection(ref rest, out _))
                return false;
        }
        if (rest.IsEmpty)
            return false;
        caveats = caveats[..^rest.Length];
        rest = rest[1..];
        if (!TryReadField(ref rest, SignatureField, out var signature) || signature.Length != HashSize || !rest.IsEmpty)
            return false;
        macaroon = new Macaroon(identifier, caveats, signature);
        return true;
    }

    /// <summary>Whether the chain of HMACs from this key ends in the signature; compared in constant time.</summary>
    /// <param name="key">From <see cref="DeriveKey"/>.</param>
    public bool IsSignedBy(ReadOnlySpan<byte> key)
    {
        Span<byte> signature = stackalloc byte[HashSize];
        HMACSHA256.HashData(key, Identifier, signature);
        foreach (var caveat in Caveats)
            Extend(signature, caveat);
        return CryptographicOperations.FixedTimeEquals(signature, Signature);
    }

    private static void Extend(Span<byte> signature, ReadOnlySpan<byte> caveat)
    {
        Span<byte> next = stackalloc byte[HashSize];
        HMACSHA256.HashData(signature, caveat, next);
        next.CopyTo(signature);
    }

    private static bool TryReadSection(scoped ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> identifier)
    {
        identifier = default;
        if (!rest.IsEmpty && rest[0] == LocationField && !TryReadField(ref rest, LocationField, out _))
            return false;
        if (!TryReadField(ref rest, IdentifierField, out identifier) || rest.IsEmpty || rest[0] != EndOfSection)
            return false;
        rest = rest[1..];
        return true;
    }

    private static bool TryReadField(scoped ref ReadOnlySpan<byte> rest, byte type, out ReadOnlySpan<byte> data)
    {
        data = default;
        if (rest.Length < 2 || rest[0] != type)
            return false;
        // Nothing that fits needs more than two bytes for its length; the shortest form is the only one.
        int length = rest[1];
        var start = 2;
        if (length >= 0x80)
        {
            if (rest.Length < 3 || rest[2] is 0 or >= 0x80)
                return false;
            length = (length & 0x7f) | (rest[2] << 7);
            start = 3;
        }
        if (length > rest.Length - start)
            return false;
        data = rest.Slice(start, length);
        rest = rest[(start + length)..];
        return true;
    }

    private static void Write(MemoryStream into, byte type, ReadOnlySpan<byte> data)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(data.Length, MaximumSize);
        into.WriteByte(type);
        if (data.Length < 0x80)
            into.WriteByte((byte)data.Length);
        else
        {
            into.WriteByte((byte)(data.Length | 0x80));
            into.WriteByte((byte)(data.Length >> 7));
        }
        into.Write(data);
    }

    /// <summary>Goes over caveats that were found well-formed before.</summary>
    public ref struct CaveatEnumerator(ReadOnlySpan<byte> rest)
    {
        private ReadOnlySpan<byte> _rest = rest;
        private ReadOnlySpan<byte> _current;

        public readonly ReadOnlySpan<byte> Current => _current;

        public readonly CaveatEnumerator GetEnumerator() => this;

        public bool MoveNext() => !_rest.IsEmpty && TryReadSection(ref _rest, out _current);
    }
}
