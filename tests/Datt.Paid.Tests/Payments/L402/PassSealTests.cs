using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Payments.L402;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Payments.L402;

public class PassSealTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly byte[] Preimage = SHA256.HashData("a preimage"u8);
    private static readonly string Hash = Convert.ToHexStringLower(SHA256.HashData(Preimage));
    private static readonly PassSecret Secret = new(SHA256.HashData("a server's secret"u8));

    private readonly PassSeal _seal = new(Secret, "server-1");

    [Fact]
    public void A_paid_pass_opens_search_until_its_time_is_over()
    {
        var shown = Show(_seal.Issue(Hash, "invoice-7", Now.AddHours(1)));
        Assert.Equal(PassOutcome.Accepted, _seal.Check(shown, Now, out var pass));
        Assert.Equal(new Pass(Hash, "invoice-7", Now.AddHours(1)), pass);
        Assert.Equal(PassOutcome.Accepted, _seal.Check(shown, Now.AddHours(1).AddSeconds(-1), out _));
        Assert.Equal(PassOutcome.Expired, _seal.Check(shown, Now.AddHours(1), out pass));
        Assert.Null(pass);
    }

    [Fact]
    public void A_preimage_that_does_not_fit_was_not_paid_for() =>
        Assert.Equal(PassOutcome.Unpaid, _seal.Check(Show(Token(), SHA256.HashData("another"u8)), Now, out _));

    [Fact]
    public void Another_servers_pass_is_told_from_a_forged_one()
    {
        var other = new PassSeal(new PassSecret(SHA256.HashData("another's secret"u8)), "server-2");
        var impostor = new PassSeal(new PassSecret(SHA256.HashData("another's secret"u8)), "server-1");
        Assert.Equal(PassOutcome.OtherServer, _seal.Check(Show(other.Issue(Hash, "i", Now.AddHours(1))), Now, out _));
        Assert.Equal(PassOutcome.Forged, _seal.Check(Show(impostor.Issue(Hash, "i", Now.AddHours(1))), Now, out _));
    }

    [Theory]
    [InlineData("search_valid_until=1795348800", PassOutcome.Expired)] // 12:00 that day
    [InlineData("search_valid_until = 1795352399", PassOutcome.Accepted)]
    [InlineData("search_valid_until=9999999999999", PassOutcome.Accepted)] // cannot lengthen
    [InlineData("search_valid_until=soon", PassOutcome.UnknownCondition)]
    [InlineData("services=search:0", PassOutcome.Accepted)]
    [InlineData("services=other:0,search:0", PassOutcome.Accepted)]
    [InlineData("services=other:0", PassOutcome.OtherService)]
    [InlineData("services=", PassOutcome.OtherService)]
    [InlineData("server=server-2", PassOutcome.OtherServer)]
    [InlineData("invoice=another", PassOutcome.UnknownCondition)]
    [InlineData("address=127.0.0.1", PassOutcome.UnknownCondition)]
    [InlineData("nonsense", PassOutcome.UnknownCondition)]
    [InlineData("", PassOutcome.UnknownCondition)]
    [InlineData("preimage=00", PassOutcome.Unpaid)]
    public void A_holder_can_add_what_narrows_and_nothing_else(string caveat, PassOutcome outcome) =>
        Assert.Equal(outcome, _seal.Check(Show(Narrow(Token(), caveat)), Now, out _));

    [Fact]
    public void A_narrowed_pass_ends_when_its_holder_said_and_cannot_be_widened_again()
    {
        var narrowed = Narrow(Narrow(Token(), "search_valid_until=1795348860"), "search_valid_until=1795352000");
        Assert.Equal(PassOutcome.Accepted, _seal.Check(Show(narrowed), Now, out var pass));
        Assert.Equal(Now.AddMinutes(1), pass!.ValidUntil);
        Assert.Equal(PassOutcome.Expired, _seal.Check(Show(narrowed), Now.AddMinutes(1), out _));
    }

    [Fact]
    public void Clients_that_put_the_preimage_into_the_token_too_are_understood() =>
        Assert.Equal(PassOutcome.Accepted, _seal.Check(Show(Narrow(Token(), "preimage=" + Convert.ToHexString(Preimage))), Now, out _));

    [Theory]
    [InlineData("token=\"{0}\", preimage=\"{1}\"")]
    [InlineData("macaroon=\"{0}\", preimage=\"{1}\"")]
    [InlineData("version=\"0\", token={0}, preimage={1}")]
    [InlineData("{0}:{1}")]
    public void Every_form_of_credentials_is_read(string form) =>
        Assert.Equal(PassOutcome.Accepted, _seal.Check(string.Format(null, form, Token(), Convert.ToHexStringLower(Preimage)), Now, out _));

    [Theory]
    [InlineData("")]
    [InlineData(":")]
    [InlineData("AgI=:")]
    [InlineData("not base64:{1}")]
    [InlineData("{0}:{1}00")]
    [InlineData("{0}:zz")]
    [InlineData("{0},{0}:{1}")]
    [InlineData("token=\"{0}\"")]
    public void Anything_else_is_malformed(string form) =>
        Assert.Equal(PassOutcome.Malformed, _seal.Check(string.Format(null, form, Token(), Convert.ToHexStringLower(Preimage)), Now, out _));

    [Fact]
    public void Every_flipped_bit_is_refused()
    {
        var token = Convert.FromBase64String(Token());
        for (var bit = 0; bit < token.Length * 8; bit++)
        {
            token[bit / 8] ^= (byte)(1 << (bit % 8));
            Assert.NotEqual(PassOutcome.Accepted, _seal.Check(Show(Convert.ToBase64String(token)), Now, out var pass));
            Assert.Null(pass);
            token[bit / 8] ^= (byte)(1 << (bit % 8));
        }
        Assert.Equal(PassOutcome.Accepted, _seal.Check(Show(Convert.ToBase64String(token)), Now, out _));
    }

    [Property(MaxTest = 2_000)]
    public void Any_text_is_refused_without_a_fault(string? text, byte[] bytes)
    {
        Assert.NotEqual(PassOutcome.Accepted, _seal.Check(text, Now, out _));
        Assert.NotEqual(PassOutcome.Accepted, _seal.Check(Show(Convert.ToBase64String(bytes)), Now, out _));
        Assert.NotEqual(PassOutcome.Accepted, _seal.Check(Show(Convert.ToBase64String([2, 2, 66, .. new byte[66], 0, .. bytes])), Now, out _));
    }

    [Fact]
    public void Two_passes_of_one_payment_differ() => Assert.NotEqual(Token(), Token());

    private string Token() => _seal.Issue(Hash, "invoice-7", Now.AddHours(1));

    private static string Show(string token, byte[]? preimage = null) => $"{token}:{Convert.ToHexStringLower(preimage ?? Preimage)}";

    /// <summary>What a holder does who has no key of ours: cuts the signature off, adds a caveat, and signs it with the signature.</summary>
    private static string Narrow(string token, string caveat)
    {
        var bytes = Convert.FromBase64String(token);
        var text = Encoding.UTF8.GetBytes(caveat);
        return Convert.ToBase64String([.. bytes[..^35], 2, (byte)text.Length, .. text, 0, 0, 6, 32, .. HMACSHA256.HashData(bytes[^32..], text)]);
    }
}
