using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.WebSockets;

/// <summary>The keys of a WebSocket's handshake (RFC 6455 section 4.2.2).</summary>
public static class Handshake
{
    private const string Magic = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";

    /// <summary>Whether it is 16 bytes in base64.</summary>
    public static bool IsKey(ReadOnlySpan<char> key)
    {
        Span<byte> bytes = stackalloc byte[18];
        return key.Length == 24 && Convert.TryFromBase64Chars(key, bytes, out var written) && written == 16;
    }

    /// <summary>The answer to a key.</summary>
    [System.Diagnostics.CodeAnalysis.SuppressMessage("Security", "CA5350", Justification = "The handshake is defined with SHA-1; it protects nothing.")]
    public static string Accept(string key) => Convert.ToBase64String(SHA1.HashData(Encoding.ASCII.GetBytes(key + Magic)));
}
