using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Identity;

/// <summary>Base64 in its one form (RFC 4648 section 4: padded, no blanks, no spare bits), so that one value has one text.</summary>
internal static class Base64Text
{
    public static bool TryRead(string text, [NotNullWhen(true)] out byte[]? bytes)
    {
        var buffer = new byte[text.Length];
        bytes = Convert.TryFromBase64String(text, buffer, out var length) ? buffer[..length] : null;
        if (bytes is not null && Convert.ToBase64String(bytes) != text)
            bytes = null;
        return bytes is not null;
    }
}
