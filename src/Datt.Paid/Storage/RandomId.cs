using System.Security.Cryptography;

namespace Datt.Paid.Storage;

/// <summary>Opaque ids: a kind, then 16 letters and digits of randomness (80 bits).</summary>
public static class RandomId
{
    /// <summary>Lower-case Crockford base 32: no i, l, o, u.</summary>
    internal const string Alphabet = "0123456789abcdefghjkmnpqrstvwxyz";

    public static string New(string kind) => kind + "_" + RandomNumberGenerator.GetString(Alphabet, 16);
}
