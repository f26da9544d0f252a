using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class SignedCardTests
{
    private static readonly ServerKey Key = ServerKey.Create();

    internal static ServerCard Card(ServerKey key) => new()
    {
        Id = key.Id,
        Name = "Café Rendezvous",
        Url = "https://rendezvous.example/",
        PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
        Software = "Datt.Paid",
        Version = "0.1.0",
        SearchAccess = "Paid",
        FederationAccess = "Free",
        Price = new CardPrice("0.25", "USD", "month"),
        Coverage = new CardCoverage(1_000, 3, 4_000, 0.25),
        Nodes = new CardNodes(2, 5),
        Time = new DateTimeOffset(2026, 1, 31, 12, 0, 0, 5, TimeSpan.Zero),
    };

    [Fact]
    public void A_card_reads_back_and_carries_the_names_of_the_contract()
    {
        var signed = SignedCard.Sign(Card(Key), Key);
        Assert.True(SignedCard.TryRead(signed.Utf8.Span, out var read, out var fault), fault.ToString());
        Assert.Equal(Card(Key), read.Card);
        var json = JsonNode.Parse(signed.Utf8.Span)!.AsObject();
        Assert.Equal(
            ["id", "name", "url", "publicKey", "software", "version", "search", "federation", "price", "coverage", "nodes", "time", "signature"],
            json.Select(m => m.Key));
        Assert.Equal("2026-01-31T12:00:00.005Z", (string?)json["time"]);
    }

    [Fact]
    public void A_free_server_has_no_price() =>
        Assert.True(SignedCard.TryRead(SignedCard.Sign(Card(Key) with { Price = null }, Key).Utf8.Span, out var read, out _) && read.Card.Price is null);

    [Fact]
    public void Order_blanks_and_escapes_do_not_matter_but_unknown_members_are_signed()
    {
        var json = JsonNode.Parse(SignedCard.Sign(Card(Key), Key).Utf8.Span)!.AsObject();
        var other = new JsonObject([.. json.Reverse().Select(m => KeyValuePair.Create(m.Key, m.Value?.DeepClone()))]);
        var text = "\n" + other.ToJsonString(new() { WriteIndented = true });
        Assert.True(SignedCard.TryRead(Encoding.UTF8.GetBytes(text), out _, out var fault), fault.ToString());

        json["motto"] = "new";
        Assert.False(SignedCard.TryRead(Encoding.UTF8.GetBytes(json.ToJsonString()), out _, out fault));
        Assert.Equal(CardFault.BadSignature, fault);
        json.Remove("signature");
        json["signature"] = Convert.ToBase64String(Key.Sign(CanonicalJson.Write(json)));
        Assert.True(SignedCard.TryRead(Encoding.UTF8.GetBytes(json.ToJsonString()), out var card, out fault), fault.ToString());
        Assert.Contains("motto", Encoding.UTF8.GetString(card.Utf8.Span), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("id", "\"someone\"", CardFault.Incomplete)]
    [InlineData("url", "null", CardFault.Incomplete)]
    [InlineData("nodes", "{\"online\":-1,\"known\":2}", CardFault.Incomplete)]
    [InlineData("nodes", "{\"online\":1.5,\"known\":2}", CardFault.Incomplete)]
    [InlineData("coverage", "{\"records\":1,\"origins\":1,\"networkRecords\":1,\"ratio\":2}", CardFault.Incomplete)]
    [InlineData("price", "{\"amount\":0.25}", CardFault.Incomplete)]
    [InlineData("publicKey", "\"AAAA\"", CardFault.BadKey)]
    [InlineData("publicKey", "\"?\"", CardFault.BadKey)]
    [InlineData("name", "\"Other\"", CardFault.BadSignature)]
    [InlineData("signature", "\"\"", CardFault.BadSignature)]
    [InlineData("signature", "[1]", CardFault.BadSignature)]
    [InlineData("signature", "\"\\ud800\"", CardFault.Malformed)]
    public void A_changed_member_is_named(string member, string value, CardFault expected)
    {
        var json = JsonNode.Parse(SignedCard.Sign(Card(Key), Key).Utf8.Span)!.AsObject();
        json.Remove(member);
        var text = $"{json.ToJsonString()[..^1]},\"{member}\":{value}}}";
        Assert.False(SignedCard.TryRead(Encoding.UTF8.GetBytes(text), out _, out var fault));
        Assert.Equal(expected, fault);
    }

    [Fact]
    public void Nobody_can_sign_for_another_id()
    {
        using var stranger = ServerKey.Create();
        Assert.Throws<ArgumentException>(() => SignedCard.Sign(Card(Key), stranger));
        Assert.True(ServerKey.TryImport(stranger.Export(), Key.Id, out var pretender));
        var card = Card(Key) with { PublicKey = Convert.ToBase64String(pretender.PublicKey.Spki.Span) };
        Assert.False(SignedCard.TryRead(SignedCard.Sign(card, pretender).Utf8.Span, out _, out var fault));
        Assert.Equal(CardFault.ForeignId, fault);
    }

    [Property(MaxTest = 300)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes, uint seed)
    {
        Assert.False(SignedCard.TryRead(bytes, out _, out _));
        var samples = new RecordSamples(seed);
        var card = SignedCard.Sign(Card(Key), Key).Utf8.ToArray();
        card[samples.Next(card.Length)] = (byte)samples.Next(256);
        Assert.Equal(SignedCard.TryRead(card, out _, out var fault), fault == CardFault.None);
    }
}
