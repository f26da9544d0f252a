using Datt.Paid.Outbound;

namespace Datt.Paid.Tests.Outbound;

public class UrlRulesTests
{
    private static readonly UrlRules Strict = new(new OutboundSettings());
    private static readonly UrlRules Lan = new(new OutboundSettings { AllowPrivateAddresses = true });

    [Theory]
    [InlineData("https://example.org/notices?key=1")]
    [InlineData("https://example.org:8443/")]
    [InlineData("https://8.8.8.8/")]
    [InlineData("https://[2606:2800:220:1::1]/")]
    [InlineData("https://bücher.example/")]
    public void A_public_https_URL_passes(string url) => Assert.True(Strict.TryRead(url, out _, out var problem, secure: true), problem);

    [Theory]
    [InlineData("", "absolute")]
    [InlineData("/path", "absolute")]
    [InlineData("example.org", "absolute")]
    [InlineData("ftp://example.org/", "https://")]
    [InlineData("file:///etc/passwd", "absolute")]
    [InlineData("https://hes.exp\u06c0\ufffdG", "IDNA")]
    [InlineData("gopher://example.org/", "https://")]
    [InlineData("javascript:alert(1)", "https://")]
    [InlineData("https://user:word@example.org/", "password")]
    [InlineData("https://user@example.org/", "password")]
    [InlineData("https://example.org:22/", "port 22")]
    [InlineData("https://example.org:25/", "port 25")]
    [InlineData("https://example.org:0/", "port 0")]
    [InlineData("https://example.org:6667/", "port 6667")]
    [InlineData("https://example.org/a b", "spaces")]
    [InlineData("https://example.org/\r\nHost: x", "spaces")]
    [InlineData("http://example.org/", "begin with https://")]
    public void Anything_else_is_refused_with_the_reason(string url, string reason)
    {
        Assert.False(Strict.TryRead(url, out _, out var problem, secure: true));
        Assert.Contains(reason, problem, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://127.0.0.1/", "loopback")]
    [InlineData("https://127.1/", "loopback")]
    [InlineData("https://0x7f.1/", "loopback")]
    [InlineData("https://0x7f000001/", "loopback")]
    [InlineData("https://2130706433/", "loopback")]
    [InlineData("https://017700000001/", "loopback")]
    [InlineData("https://127.0.0.1./", "loopback")]
    [InlineData("https://localhost/", "loopback")]
    [InlineData("https://LOCALHOST./", "loopback")]
    [InlineData("https://a.localhost/", "loopback")]
    [InlineData("https://[::1]/", "loopback")]
    [InlineData("https://[::ffff:10.0.0.1]/", "private")]
    [InlineData("https://[::ffff:a00:1]/", "private")]
    [InlineData("https://[64:ff9b::10.0.0.1]/", "private")]
    [InlineData("https://[fe80::1%25eth0]/", "link-local")]
    [InlineData("https://[2002:7f00:1::]/", "tunnel")]
    [InlineData("https://0/", "unspecified")]
    [InlineData("https://[::]/", "unspecified")]
    [InlineData("https://169.254.169.254/latest/meta-data", "metadata")]
    [InlineData("https://255.255.255.255/", "broadcast")]
    public void A_host_that_is_a_refused_address_is_seen_however_it_is_written(string url, string kind)
    {
        Assert.False(Strict.TryRead(url, out _, out var problem));
        Assert.Contains(kind, problem, StringComparison.Ordinal);
    }

    [Fact]
    public void Where_private_addresses_are_allowed_plain_http_is_too()
    {
        Assert.True(Lan.TryRead("http://127.0.0.1:5000/n", out _, out _, secure: true));
        Assert.True(Lan.TryRead("http://192.168.1.5/n", out _, out _, secure: true));
        Assert.False(Lan.TryRead("http://169.254.169.254/", out _, out _));
        Assert.False(Lan.TryRead("http://[ff02::1]/", out _, out _));
    }

    [Fact]
    public void Length_is_bounded()
    {
        Assert.True(Strict.TryRead("https://example.org/".PadRight(UrlRules.MaxLength, 'x'), out _, out _));
        Assert.False(Strict.TryRead("https://example.org/".PadRight(UrlRules.MaxLength + 1, 'x'), out _, out _));
    }
}
