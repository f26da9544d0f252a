using System.Buffers;
using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Datt.Paid.Protocol.Identity;

/// <summary>Whether a notice is what it claims to be.</summary>
public enum NoticeVerdict
{
    Genuine,

    /// <summary>The header is missing or not of the form.</summary>
    Malformed,

    /// <summary>It names another server.</summary>
    OtherServer,

    /// <summary>Signed longer ago, or further ahead, than is tolerated.</summary>
    Stale,

    /// <summary>The signature is not that of the key over this body.</summary>
    Forged,
}

/// <summary>
/// The signature of a notice, in the header <c>Datt-Signature: t=SECONDS, keyid=SERVER, sig=BASE64URL</c>: when it was signed (Unix seconds), the
/// id on the server's card, and ECDSA P-256 with SHA-256 (r and s, 32 bytes each) over the UTF-8 text of SECONDS, a full stop, and the body
/// byte for byte. The key that checks it is <c>publicKey</c> of the card.
/// </summary>
public static class NoticeSignature
{
    public const string Header = "Datt-Signature";

    /// <summary>The header's value for a body that is sent now.</summary>
    public static string Sign(ServerKey key, DateTimeOffset now, ReadOnlySpan<byte> body)
    {
        var seconds = now.ToUnixTimeSeconds();
        var signature = key.Sign(Signed(seconds.ToString(CultureInfo.InvariantCulture), body));
        return string.Create(CultureInfo.InvariantCulture, $"t={seconds}, keyid={key.Id}, sig={Base64Url.EncodeToString(signature)}");
    }

    /// <summary>Checks a notice as its receiver does.</summary>
    /// <param name="header">Value of <see cref="Header"/>.</param>
    /// <param name="body">As it arrived.</param>
    /// <param name="serverId">Id on the card of the server that it should come from.</param>
    /// <param name="key">Public key on that card.</param>
    /// <param name="now">The receiver's time.</param>
    /// <param name="tolerance">Greatest difference between the two clocks, delivery included.</param>
    public static NoticeVerdict Check(
        string? header, ReadOnlySpan<byte> body, string serverId, ServerPublicKey key, DateTimeOffset now, TimeSpan tolerance)
    {
        if (header?.Split(", ") is not [var t, var keyid, var sig]
            || !t.StartsWith("t=", StringComparison.Ordinal) || !keyid.StartsWith("keyid=", StringComparison.Ordinal) || !sig.StartsWith("sig=", StringComparison.Ordinal)
            || !long.TryParse(t.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) || t.Length > 14
            || !TryRead(sig.AsSpan(4), out var signature))
        {
            return NoticeVerdict.Malformed;
        }
        if (!keyid.AsSpan(6).SequenceEqual(serverId))
            return NoticeVerdict.OtherServer;
        if (Math.Abs(now.ToUnixTimeSeconds() - seconds) > tolerance.TotalSeconds)
            return NoticeVerdict.Stale;
        return key.Verify(Signed(t[2..], body), signature) ? NoticeVerdict.Genuine : NoticeVerdict.Forged;
    }

    private static bool TryRead(ReadOnlySpan<char> text, out byte[] signature)
    {
        signature = new byte[ServerKey.SignatureSize];
        // TryDecodeFromChars throws on some texts that IsValid takes. Written back, so that a signature has one text: decoding overlooks spare bits, padding and blanks.
        return text.Length <= 100 && Base64Url.DecodeFromChars(text, signature, out _, out var written) == OperationStatus.Done
            && written == signature.Length && text.SequenceEqual(Base64Url.EncodeToString(signature));
    }

    private static byte[] Signed(string seconds, ReadOnlySpan<byte> body) => [.. Encoding.ASCII.GetBytes(seconds), (byte)'.', .. body];
}
