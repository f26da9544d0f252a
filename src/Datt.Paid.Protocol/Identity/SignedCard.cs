using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json.Nodes;

namespace Datt.Paid.Protocol.Identity;

/// <summary>A card as it was signed, members unknown to this program included.</summary>
public sealed class SignedCard
{
    /// <summary>Longest card read, in bytes.</summary>
    public const int MaxBytes = 65_536;

    private const string SignatureMember = "signature";
    private const string HandOversMember = "handOvers";

    private readonly byte[] _utf8;

    private SignedCard(ServerCard card, IReadOnlyList<HandOver> handOvers, byte[] utf8)
    {
        Card = card;
        HandOvers = handOvers;
        _utf8 = utf8;
    }

    public ServerCard Card { get; }

    /// <summary>How the server came from the key that its id is of to <see cref="ServerCard.PublicKey"/>; empty where that is the same.</summary>
    public IReadOnlyList<HandOver> HandOvers { get; }

    /// <summary>The whole card with its signature, to be passed on as it is.</summary>
    public ReadOnlyMemory<byte> Utf8 => _utf8;

    /// <summary>
    /// Signs the RFC 8785 form of the card without <c>signature</c> (base64 of r and s). <see cref="ServerCard.Id"/> and
    /// <see cref="ServerCard.PublicKey"/> must be the key's. A key with hand-overs puts them into the member <c>handOvers</c>.
    /// </summary>
    public static SignedCard Sign(ServerCard card, ServerKey key)
    {
        if (card.Id != key.Id || card.PublicKey != Convert.ToBase64String(key.PublicKey.Spki.Span))
            throw new ArgumentException("The card is of another server than the key.", nameof(card));
        var json = CardJson.Write(card);
        if (key.HandOvers.Count > 0)
            json[HandOversMember] = HandOver.Write(key.HandOvers);
        json[SignatureMember] = Convert.ToBase64String(key.Sign(CanonicalJson.Write(json)));
        return new SignedCard(card, key.HandOvers, Encoding.UTF8.GetBytes(json.ToJsonString()));
    }

    /// <summary>Reads a card and checks its signature with the key that it names, and the id against that key or the chain of hand-overs to it.</summary>
    public static bool TryRead(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out SignedCard? card, out CardFault fault)
    {
        card = null;
        fault = CardFault.Malformed;
        if (utf8.Length > MaxBytes || !CanonicalJson.TryRewrite(utf8, out var whole)
            || !CanonicalJson.TryRewriteWithout(whole, SignatureMember, out var signed))
            return false;
        // Canonical bytes parse without surprises: no name twice, no half pairs, depth within limits.
        fault = CardFault.Incomplete;
        if (JsonNode.Parse(whole) is not JsonObject json || !CardJson.TryRead(json, out var content))
            return false;
        fault = CardFault.BadKey;
        if (!Base64Text.TryRead(content.PublicKey, out var spki) || !ServerPublicKey.TryImport(spki, out var key))
            return false;
        IReadOnlyList<HandOver>? handOvers;
        using (key)
        {
            fault = CardFault.BadSignature;
            if (!TrySignature(json, out var signature) || !key.Verify(signed, signature))
                return false;
            fault = CardFault.ForeignId;
            if (!json.ContainsKey(HandOversMember) && content.Id != key.Fingerprint)
                return false;
            fault = CardFault.BadHandOver;
            if (!HandOver.TryRead(json[HandOversMember] ?? new JsonArray(), out handOvers) || !HandOver.Leads(content.Id, handOvers, key))
                return false;
        }

        fault = CardFault.None;
        card = new SignedCard(content, handOvers, utf8.ToArray());
        return true;
    }

    private static bool TrySignature(JsonObject json, [NotNullWhen(true)] out byte[]? signature)
    {
        signature = null;
        return json[SignatureMember] is JsonValue value && value.TryGetValue(out string? text) && Base64Text.TryRead(text, out signature);
    }
}

/// <summary>Why a card was refused.</summary>
public enum CardFault
{
    None,

    /// <summary>Not JSON that RFC 8785 can canonicalize, or longer than <see cref="SignedCard.MaxBytes"/>.</summary>
    Malformed,

    /// <summary>A member is missing, of the wrong type or out of range.</summary>
    Incomplete,

    /// <summary>The public key is not one of P-256 in its usual form.</summary>
    BadKey,

    /// <summary>The signature is not that key's over this card.</summary>
    BadSignature,

    /// <summary>The id is not the fingerprint of the key, and there are no hand-overs.</summary>
    ForeignId,

    /// <summary>The hand-overs are not of the form, too many, or do not lead from the key that the id is of to this one.</summary>
    BadHandOver,
}
