using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>Cards, keys, hand-overs, and what signatures are written in.</summary>
internal static class IdentityTargets
{
    private static readonly byte[] Body = "{\"a\":1}"u8.ToArray();

    public static IEnumerable<FuzzTarget> All(Samples samples) =>
    [
        new("card", samples.Cards, bytes => SignedCard.TryRead(bytes, out _, out _)) { IsSlow = true },
        new("hand-over", [HandOvers()], HandOverChain) { IsSlow = true },
        new("canonical-json", [.. samples.Json, .. samples.Cards], Canonical),
        new("public-key", [samples.Key.PublicKey.Spki.ToArray()], PublicKey) { IsSlow = true },
        new("hash", [Text(Hash256.Of([1]).ToString())], Hash),
        new("time", [Text("2026-01-02T03:04:05.678Z"), Text("2026-01-02T03:04:05+01:30")], bytes => Time(Encoding.UTF8.GetString(bytes))),
        new("request-signature", [Signed(samples, []), Signed(samples, Body)], bytes => Request(bytes, samples)) { IsSlow = true },
        new("notice-signature", [Text(NoticeSignature.Sign(samples.Key, Samples.Now, Body))], bytes => Notice(bytes, samples)),
    ];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static byte[] HandOvers() => Text(JsonNode.Parse(Embedded.Bytes("vectors/card-rotated.json"))!["handOvers"]!.ToJsonString());

    private static bool HandOverChain(byte[] utf8)
    {
        // As a card brings them: canonical bytes first.
        if (!CanonicalJson.TryRewrite(utf8, out var canonical) || !HandOver.TryRead(JsonNode.Parse(canonical), out var chain))
            return false;
        Must.Same(canonical, CanonicalJson.Write(HandOver.Write(chain)));
        if (chain is [.., var last] && Base64Text.TryRead(last.To, out var spki) && ServerPublicKey.TryImport(spki, out var key))
        {
            using (key)
                _ = HandOver.Leads(chain[0].Id, chain, key);
        }
        return true;
    }

    private static bool Canonical(byte[] utf8)
    {
        if (!CanonicalJson.TryRewrite(utf8, out var canonical))
            return false;
        Must.Hold(CanonicalJson.TryRewrite(canonical, out var again), "canonical JSON is refused");
        Must.Same(canonical, again);
        return true;
    }

    private static bool PublicKey(byte[] spki)
    {
        if (!ServerPublicKey.TryImport(spki, out var key))
            return false;
        using (key)
            Must.Same(spki, key.Spki.Span);
        return true;
    }

    private static bool Hash(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        Must.Hold(Hash256.TryParse(text, out var hash) == RunId.TryParse(text, out var id), "a hash and a run's id are read differently");
        if (hash != id.Root || hash == default)
            return false;
        Must.Hold(text == hash.ToString(), "a hash has two texts");
        return true;
    }

    private static bool Time(string text)
    {
        if (!Rfc3339.TryParse(text, out var milliseconds))
            return false;
        _ = DateTimeOffset.FromUnixTimeMilliseconds(milliseconds);
        return true;
    }

    /// <summary>The fields of a request in a line each, then the body.</summary>
    private static byte[] Signed(Samples samples, byte[] body)
    {
        var fields = RequestSignature.Sign("GET", Target, body, Samples.Now, samples.Key).ToDictionary(StringComparer.Ordinal);
        return [.. Text($"{fields["Signature-Input"]}\n{fields["Signature"]}\n{fields.GetValueOrDefault("Content-Digest", "")}\n"), .. body];
    }

    private static Uri Target { get; } = new("https://example.org/federation/v1/runs/1?x=1");

    private static bool Request(byte[] bytes, Samples samples)
    {
        var rest = bytes.AsSpan();
        var (input, signature, digest) = (Line(ref rest), Line(ref rest), Line(ref rest));
        var request = new ReceivedRequest("GET", ["example.org"], [Target.AbsolutePath], Target.Query, input, signature, digest);
        var outcome = RequestSignature.Verify(request, rest, id => id == samples.Key.Id ? samples.Key.PublicKey : null, Samples.Now);
        if (outcome is not RequestSignatureOutcome.Good good)
            return false;
        Must.Hold(good.ServerId == samples.Key.Id && (rest.IsEmpty || rest.SequenceEqual(Body)), "a signature is good for something that was not signed");
        return true;
    }

    private static string Line(ref Span<byte> rest)
    {
        var end = rest.IndexOf((byte)'\n');
        var line = Encoding.Latin1.GetString(end < 0 ? rest : rest[..end]);
        rest = end < 0 ? [] : rest[(end + 1)..];
        return line;
    }

    private static bool Notice(byte[] bytes, Samples samples) => NoticeSignature.Check(
        Encoding.Latin1.GetString(bytes), Body, samples.Key.Id, samples.Key.PublicKey, Samples.Now, TimeSpan.FromMinutes(5)) == NoticeVerdict.Genuine;
}
