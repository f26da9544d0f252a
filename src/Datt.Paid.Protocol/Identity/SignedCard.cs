using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A card as it was signed, members unknown to this program included.</summary>
public sealed class SignedCard
{
    /// <summary>Longest card read, in bytes.</summary>
    public const int MaxBytes = 65_536;

    /// <summary>Signs the RFC 8785 form of the card without <c>signature</c>.</summary>
    public static SignedCard Sign(ServerCard card, ServerKey key) => throw new NotImplementedException();

    /// <summary>Reads a card and checks its signature with the key that it names, and the id against that key.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SignedCard? card, out CardFault fault) =>
        throw new NotImplementedException();

    public ServerCard Card => throw new NotImplementedException();

    /// <summary>The whole card with its signature, to be passed on as it is.</summary>
    public ReadOnlyMemory<byte> Utf8 => throw new NotImplementedException();
}

/// <summary>Why a card was refused.</summary>
public enum CardFault
{
    None,

    /// <summary>Not JSON that RFC 8785 can canonicalize, or longer than <see cref="SignedCard.MaxBytes"/>.</summary>
    Malformed,

    /// <summary>A member is missing or of the wrong type.</summary>
    Incomplete,

    /// <summary>The public key is not one of P-256 in its usual form.</summary>
    BadKey,

    /// <summary>The signature is not that key's over this card.</summary>
    BadSignature,

    /// <summary>The id is not the fingerprint of the key.</summary>
    ForeignId,
}
