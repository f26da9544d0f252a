using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Protocol.Identity;

/// <summary>
/// A server's key names the key after it. JSON
/// <c>{"handOver":1,"id":server,"from":key,"to":key,"sequence":n,"time":t,"signature":s}</c>: keys as base64 of their DER SubjectPublicKeyInfo, n from 1,
/// the signature by <c>from</c> (base64 of r and s) over the RFC 8785 form without <c>signature</c>.
/// </summary>
/// <param name="Id">The server, which keeps its id.</param>
/// <param name="From">The key that ends.</param>
/// <param name="To">The key that follows it.</param>
/// <param name="Sequence">1 for the one of the server's first key, then one more each time.</param>
/// <param name="Time">When it was signed, by the server's own clock, to the millisecond.</param>
/// <param name="Signature">Base64 of r and s.</param>
public sealed record HandOver(string Id, string From, string To, int Sequence, DateTimeOffset Time, string Signature)
{
    /// <summary>Most hand-overs that a server can have in its life.</summary>
    public const int MaxChain = 32;

    private const int Version = 1;
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    private static readonly string[] Members = ["handOver", "id", "from", "to", "sequence", "time", "signature"];

    /// <summary>The hand-over to <paramref name="next"/>, which must be another key.</summary>
    internal static HandOver Sign(ServerKey key, ServerPublicKey next, DateTimeOffset now)
    {
        var unsigned = new HandOver(
            key.Id, Text(key.PublicKey), Text(next), key.HandOvers.Count + 1, DateTimeOffset.FromUnixTimeMilliseconds(now.ToUnixTimeMilliseconds()), "");
        return unsigned with { Signature = Convert.ToBase64String(key.Sign(unsigned.Signed())) };
    }

    /// <summary>
    /// Whether the hand-overs lead from the key whose fingerprint is <paramref name="id"/> to <paramref name="current"/>, each signed by the key it
    /// begins from. An empty chain does where that is the key itself.
    /// </summary>
    public static bool Leads(string id, IReadOnlyList<HandOver> chain, ServerPublicKey current)
    {
        if (chain.Count > MaxChain)
            return false;
        var (expected, keys) = (chain.Count == 0 ? Text(current) : chain[0].From, new HashSet<string>(StringComparer.Ordinal));
        for (var i = 0; i < chain.Count; i++)
        {
            var link = chain[i];
            // A key that comes twice would make a chain that ends where it began.
            if (link.Id != id || link.Sequence != i + 1 || link.From != expected || !keys.Add(link.From) || !TryKey(link.From, out var from))
                return false;
            using (from)
            {
                if ((i == 0 && from.Fingerprint != id) || !Base64Text.TryRead(link.Signature, out var signature) || !from.Verify(link.Signed(), signature))
                    return false;
            }

            expected = link.To;
        }

        return expected == Text(current) && keys.Add(expected) && (chain.Count > 0 || current.Fingerprint == id);
    }

    /// <summary>The JSON of a chain, oldest first.</summary>
    public static JsonArray Write(IEnumerable<HandOver> chain) => new([.. chain.Select(link => link.Write())]);

    /// <summary>Reads what <see cref="Write(IEnumerable{HandOver})"/> wrote; signatures are for <see cref="Leads"/>.</summary>
    public static bool TryRead(JsonNode? json, [NotNullWhen(true)] out IReadOnlyList<HandOver>? chain)
    {
        chain = null;
        if (json is not JsonArray { Count: <= MaxChain } array)
            return false;
        var read = new List<HandOver>();
        foreach (var node in array)
        {
            if (node is not JsonObject link || link.Count != Members.Length || !Array.TrueForAll(Members, link.ContainsKey)
                || !CardJson.Count(link, "handOver", out var version) || version != Version || !CardJson.Text(link, "id", out var id)
                || !CardJson.Text(link, "from", out var from) || !CardJson.Text(link, "to", out var to)
                || !CardJson.Count(link, "sequence", out var sequence) || sequence is < 1 or > MaxChain || !CardJson.Text(link, "time", out var written)
                || !Rfc3339.TryParse(written, out var time) || !CardJson.Text(link, "signature", out var signature))
                return false;
            var handOver = new HandOver(id, from, to, (int)sequence, DateTimeOffset.FromUnixTimeMilliseconds(time), signature);
            // One text for a time, because the signature is checked over what is written anew.
            if (handOver.TimeText != written)
                return false;
            read.Add(handOver);
        }

        chain = read;
        return true;
    }

    private string TimeText => Time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture);

    private static string Text(ServerPublicKey key) => Convert.ToBase64String(key.Spki.Span);

    private static bool TryKey(string text, [NotNullWhen(true)] out ServerPublicKey? key)
    {
        key = null;
        return Base64Text.TryRead(text, out var spki) && ServerPublicKey.TryImport(spki, out key);
    }

    private JsonObject Unsigned() => new()
    {
        ["handOver"] = Version,
        ["id"] = Id,
        ["from"] = From,
        ["to"] = To,
        ["sequence"] = Sequence,
        ["time"] = TimeText,
    };

    private byte[] Signed() => CanonicalJson.Write(Unsigned());

    private JsonObject Write()
    {
        var json = Unsigned();
        json["signature"] = Signature;
        return json;
    }
}
