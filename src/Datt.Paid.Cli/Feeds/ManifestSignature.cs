using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Cli.Feeds;

/// <summary>Whether what is said under an origin's name was signed by a key of its card: the present one, or one that handed over to it.</summary>
internal static class ManifestSignature
{
    public static bool IsOf(SignedManifest manifest, SignedCard card) => manifest.Manifest.Origin == card.Card.Id && Any(card, manifest.IsSignedBy);

    public static bool IsOf(EquivocationProof proof, SignedCard card) => Any(card, key => proof.Holds(card.Card.Id, key));

    private static bool Any(SignedCard card, Func<ServerPublicKey, bool> check) => card.HandOvers.Select(h => h.From).Prepend(card.Card.PublicKey).Any(text =>
    {
        var spki = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, spki, out var length) || !ServerPublicKey.TryImport(spki.AsSpan(0, length), out var key))
        {
            return false;
        }

        using (key)
        {
            return check(key);
        }
    });
}
