using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Storage;

namespace Datt.Paid.Accounts;

/// <summary>
/// The form of an API key: <c>datt_ID_SECRET</c>, ID 12 and SECRET 32 characters of lower-case base 32 (60 and 160 random bits).
/// The ID names the key in lists; only the SHA-256 of the whole text is ever stored.
/// </summary>
public static class ApiKeyText
{
    public const string Start = "datt_";
    public const int Length = 5 + IdLength + 1 + SecretLength;
    private const int IdLength = 12;
    private const int SecretLength = 32;

    /// <summary>Makes a new key; the text is shown to its owner once.</summary>
    public static string New() => string.Concat(
        Start, RandomNumberGenerator.GetString(RandomId.Alphabet, IdLength), "_", RandomNumberGenerator.GetString(RandomId.Alphabet, SecretLength));

    /// <summary>The public id inside a well-formed key.</summary>
    public static string IdOf(string key) => key.Substring(Start.Length, IdLength);

    public static string PrefixOf(string key) => key[..(Start.Length + IdLength)];

    public static byte[] HashOf(string key)
    {
        var hash = new byte[SHA256.HashSizeInBytes];
        if (!TryRead(key, out _, hash))
            throw new ArgumentException("Not an API key.", nameof(key));
        return hash;
    }

    /// <summary>Reads id and hash of a presented key without allocating; false when the text cannot be a key of this server.</summary>
    /// <param name="hash">Receives 32 bytes.</param>
    public static bool TryRead(ReadOnlySpan<char> key, out ulong id, Span<byte> hash)
    {
        id = 0;
        if (key.Length != Length || !key.StartsWith(Start, StringComparison.Ordinal) || key[Start.Length + IdLength] != '_')
            return false;
        if (!TryPackId(key.Slice(Start.Length, IdLength), out id))
            return false;
        Span<byte> ascii = stackalloc byte[Length];
        if (!Ascii.IsValid(key) || Encoding.ASCII.GetBytes(key, ascii) != Length)
            return false;
        SHA256.HashData(ascii, hash);
        return true;
    }

    /// <summary>The id of a key as a number, 5 bits a character.</summary>
    public static bool TryPackId(ReadOnlySpan<char> text, out ulong id)
    {
        id = 0;
        if (text.Length != IdLength)
            return false;
        foreach (var c in text)
        {
            var digit = RandomId.Alphabet.IndexOf(c, StringComparison.Ordinal);
            if (digit < 0)
                return false;
            id = (id << 5) | (uint)digit;
        }
        return true;
    }
}
