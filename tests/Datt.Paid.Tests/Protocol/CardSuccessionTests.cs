using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class CardSuccessionTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private static SignedCard Read(ServerKey key, DateTimeOffset time)
    {
        var signed = SignedCard.Sign(SignedCardTests.Card(key) with { Time = time }, key);
        Assert.True(SignedCard.TryRead(signed.Utf8.Span, out var card, out var fault), fault.ToString());
        return card;
    }

    private static ServerKey Rotated(ServerKey key, DateTimeOffset? now = null) => key.Rotate(now ?? Now.AddDays(-1)) ?? throw new InvalidOperationException();

    [Fact]
    public void A_server_keeps_its_id_over_as_many_keys_as_a_chain_may_have()
    {
        var key = ServerKey.Create();
        var (id, known) = (key.Id, Read(key, Now));
        for (var i = 1; i <= HandOver.MaxChain; i++)
        {
            key = Rotated(key);
            var card = Read(key, Now);
            Assert.Equal((id, i), (card.Card.Id, card.HandOvers.Count));
            Assert.True(card.Utf8.Length < SignedCard.MaxBytes);
            Assert.Equal(CardOutcome.HandedOver, CardSuccession.Judge(known, card, Now));
            Assert.Equal(CardOutcome.FormerKey, CardSuccession.Judge(card, known, Now));
            known = card;
        }

        Assert.Null(key.Rotate(Now));
    }

    [Property(MaxTest = 20)]
    public void Any_two_cards_are_judged_as_the_history_of_their_keys_says(byte[] choices)
    {
        // The model: a tree of keys, each child handed over to by its parent.
        var first = ServerKey.Create();
        var tree = new List<(ServerKey Key, int[] Path)> { (first, [0]) };
        foreach (var choice in choices.Take(8))
        {
            var (parent, path) = tree[choice % tree.Count];
            tree.Add((Rotated(parent), [.. path, tree.Count]));
        }

        var before = tree.Select(t => (Read(t.Key, Now.AddHours(-1)), t.Path)).ToList();
        var after = tree.Select(t => (Read(t.Key, Now), t.Path)).ToList();
        foreach (var (known, from) in before)
        {
            foreach (var (offered, to) in after)
            {
                var expected = from.SequenceEqual(to) ? CardOutcome.Newer
                    : to.Take(from.Length).SequenceEqual(from) ? CardOutcome.HandedOver
                    : from.Take(to.Length).SequenceEqual(to) ? CardOutcome.FormerKey
                    : CardOutcome.ForkedHandOver;
                Assert.Equal(expected, CardSuccession.Judge(known, offered, Now));
            }
        }
    }

    [Fact]
    public void Time_decides_between_cards_of_one_key()
    {
        using var key = ServerKey.Create();
        using var other = ServerKey.Create();
        var card = Read(key, Now);
        Assert.Equal(CardOutcome.First, CardSuccession.Judge(null, card, Now));
        Assert.Equal(CardOutcome.Same, CardSuccession.Judge(card, card, Now));
        Assert.Equal(CardOutcome.OlderIgnored, CardSuccession.Judge(card, Read(key, Now.AddSeconds(-1)), Now));
        Assert.Equal(CardOutcome.OlderIgnored, CardSuccession.Judge(card, Read(key, Now), Now));
        Assert.Equal(CardOutcome.KeyChangedWithoutHandOver, CardSuccession.Judge(card, Read(other, Now), Now));
        Assert.Equal(CardOutcome.First, CardSuccession.Judge(null, Read(key, Now.AddMinutes(5)), Now));
        Assert.Equal(CardOutcome.FutureDated, CardSuccession.Judge(card, Read(key, Now.AddMinutes(5).AddMilliseconds(1)), Now));
        Assert.Equal(CardOutcome.FutureDated, CardSuccession.Judge(card, Read(Rotated(key, Now.AddHours(1)), Now), Now));
        Assert.Equal(CardOutcome.First, CardSuccession.Judge(null, Read(key, Now.AddDays(-7)), Now));
        Assert.Equal(CardOutcome.TooOld, CardSuccession.Judge(null, Read(key, Now.AddDays(-7).AddMilliseconds(-1)), Now));
        Assert.Equal(
            [CardOutcome.First, CardOutcome.Same, CardOutcome.Newer, CardOutcome.HandedOver], Enum.GetValues<CardOutcome>().Where(CardSuccession.Accepts));
    }

    [Fact]
    public void A_chain_that_is_changed_anywhere_does_not_lead_to_the_key()
    {
        var key = Rotated(Rotated(ServerKey.Create()));
        using var thief = ServerKey.Create();
        var (one, two) = (key.HandOvers[0], key.HandOvers[1]);
        Assert.True(HandOver.Leads(key.Id, [one, two], key.PublicKey));
        Assert.Equal("2026-11-21T12:00:00.000Z", (string?)HandOver.Write([one])[0]!["time"]);
        var bad = new IReadOnlyList<HandOver>[]
        {
            [], [one], [two], [two, one], [one, two, two], [one with { Id = thief.Id }, two], [one, two with { Sequence = 3 }], [one, two with { Time = Now }],
            [one, two with { Signature = one.Signature }], [one with { Signature = "" }, two], [one, two with { To = Convert.ToBase64String(thief.PublicKey.Spki.Span) }],
            [one, two with { From = one.From }], [one with { From = "?" }, two],
        };
        Assert.All(bad, chain => Assert.False(HandOver.Leads(key.Id, chain, key.PublicKey)));
        Assert.False(HandOver.Leads(thief.Id, [one, two], key.PublicKey));
        Assert.False(HandOver.Leads(key.Id, [one, two], thief.PublicKey));
        Assert.False(ServerKey.TryRestore(key.Export(), [one], out _));
        Assert.True(ServerKey.TryRestore(key.Export(), [one, two], out var same));
        Assert.Equal(key.Id, same.Id);
    }

    [Fact]
    public void A_card_with_a_wrong_chain_is_refused_though_its_signature_is_good()
    {
        var key = Rotated(ServerKey.Create());
        var json = JsonNode.Parse(SignedCard.Sign(SignedCardTests.Card(key), key).Utf8.Span)!.AsObject();
        CardFault Resigned(Action<JsonObject> change)
        {
            var changed = json.DeepClone().AsObject();
            changed.Remove("signature");
            change(changed);
            changed["signature"] = Convert.ToBase64String(key.Sign(CanonicalJson.Write(changed)));
            SignedCard.TryRead(Encoding.UTF8.GetBytes(changed.ToJsonString()), out _, out var fault);
            return fault;
        }

        Assert.Equal(CardFault.None, Resigned(_ => { }));
        Assert.Equal(CardFault.ForeignId, Resigned(c => c.Remove("handOvers")));
        Assert.Equal(CardFault.BadHandOver, Resigned(c => c["handOvers"] = null));
        Assert.Equal(CardFault.BadHandOver, Resigned(c => c["handOvers"] = new JsonArray()));
        Assert.Equal(CardFault.BadHandOver, Resigned(c => c["handOvers"]![0]!["sequence"] = 2));
        Assert.Equal(CardFault.BadHandOver, Resigned(c => c["handOvers"]![0]!["time"] = "2026-11-21T12:00:00Z"));
        Assert.Equal(CardFault.BadHandOver, Resigned(c => c["handOvers"]![0]!["more"] = 1));
        Assert.Equal(CardFault.BadHandOver, Resigned(c => c["handOvers"] = new JsonArray(
            [.. Enumerable.Range(0, HandOver.MaxChain + 1).Select(_ => c["handOvers"]![0]!.DeepClone())])));
        Assert.Equal(CardFault.Incomplete, Resigned(c => c["name"] = new string('n', 201)));
        Assert.Equal(CardFault.Incomplete, Resigned(c => c["name"] = "two\nlines"));
        Assert.Equal(CardFault.Malformed, Resigned(c => c["name"] = new string('n', 10_000_000)));
        foreach (var url in new[] { "ftp://a.example/", "https://me@a.example/", "https://a.example/?x", "https://a.example/#x", "/relative", "javascript:alert(1)", "https://a.example/ b", "" })
            Assert.Equal(CardFault.Incomplete, Resigned(c => c["url"] = url));
        Assert.Equal(CardFault.Incomplete, Resigned(c => c["price"]!["amount"] = "1e9"));
        Assert.Equal(CardFault.Incomplete, Resigned(c => c["price"]!["currency"] = new string('X', 65)));
    }

    [Fact]
    public void The_committed_card_of_a_rotated_key_verifies()
    {
        Assert.True(ServerKey.TryImport(VectorFiles.Read("test-key.pkcs8"), null, out var first));
        VectorFiles.Keep("card-rotated.json", () =>
        {
            var key = Rotated(Rotated(first));
            return SignedCard.Sign(SignedCardTests.Card(key) with { Time = Now }, key).Utf8.ToArray();
        });
        Assert.True(SignedCard.TryRead(VectorFiles.Read("card-rotated.json"), out var card, out var fault), fault.ToString());
        Assert.Equal((first.Id, 2), (card.Card.Id, card.HandOvers.Count));
        Assert.Equal(CardOutcome.HandedOver, CardSuccession.Judge(Read(first, Now.AddHours(-1)), card, Now));
    }

    [Fact]
    public void A_backup_opens_with_its_passphrase_only_and_brings_the_chain()
    {
        const string passphrase = "correct horse battery";
        var key = Rotated(ServerKey.Create());
        var text = ServerKeyBackup.Write(key, passphrase);
        Assert.StartsWith("-----BEGIN ENCRYPTED PRIVATE KEY-----", text, StringComparison.Ordinal);
        Assert.True(ServerKeyBackup.TryRead(text, passphrase, out var same, out _));
        Assert.Equal((key.Id, key.PublicKey.Fingerprint, 1), (same.Id, same.PublicKey.Fingerprint, same.HandOvers.Count));
        Assert.False(ServerKeyBackup.TryRead(text, passphrase + "!", out _, out var fault));
        Assert.Equal(BackupFault.WrongPassphrase, fault);
        Assert.False(ServerKeyBackup.TryRead("not a backup", passphrase, out _, out fault));
        Assert.Equal(BackupFault.NotABackup, fault);
        var another = ServerKeyBackup.Write(Rotated(ServerKey.Create()), passphrase);
        var mixed = text[..text.IndexOf("-----BEGIN DATT", StringComparison.Ordinal)] + another[another.IndexOf("-----BEGIN DATT", StringComparison.Ordinal)..];
        Assert.False(ServerKeyBackup.TryRead(mixed, passphrase, out _, out fault));
        Assert.Equal(BackupFault.NotABackup, fault);
        Assert.Throws<ArgumentOutOfRangeException>(() => ServerKeyBackup.Write(key, "short"));
    }
}
