using Datt.Paid.Sync.Exchange.Buying;

namespace Datt.Paid.Tests.Sync.Exchange.Buying;

public class Bolt11Tests
{
    // The beginnings are those of the examples in BOLT 11.
    [Theory]
    [InlineData("lnbc2500u1pvjluezsp5zyg3zyg3", 250_000)]
    [InlineData("LNBC2500U1PVJLUEZSP5ZYG3ZYG3", 250_000)]
    [InlineData("lnbc20m1pvjluezsp5zyg3zyg3", 2_000_000)]
    [InlineData("lnbc9678785340p1pwmna7lpp5gc3xfm08u9qy06djf8dfflhugl6p7lgza6dsjxq454gxhj9t7a0sd8dgfkx7cmtwd68yetpd5s9xar0wfjn5gpc8qhrsdfq24f5ggrxdaezqsnvda3kkum5wfjkzmfqf3jkgem9wgsyuctwdus9xgrcyqcjcgpzgfskx6eqf9hzqnteypzxz7fzypfhg6trddjhygrcyqezcgpzfysywmm5ypxxjemgw3hxjmn8yptk7untd9hxwg3q2d6xjcmtv4ezq7pqxgsxzmnyyqcjqmt0wfjjq6t5v4khxxqyjw5qcqp2rzjq0gxwkzc8w6323m55m4jyxcjwmy7stt9hwkwe2qxmy8zpsgg7jcuwz87fcqqeuqqqyqqqqlgqqqqn3qq9q", 967_879)]
    [InlineData("lnbcrt2090n1pq", 209)]
    [InlineData("lntb1p1pq", 1)]
    [InlineData("lnbc21pq", 200_000_000)]
    public void The_amount_is_read_and_rounded_up(string invoice, long sats)
    {
        Assert.True(Bolt11.TryReadSats(invoice, out var read));
        Assert.Equal(sats, read);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("lnbc1pvjluezsp5zyg3zyg3")] // no amount: the wallet would choose
    [InlineData("lnbc0u1pq")]
    [InlineData("lnbc9999999999999m1pq")]
    [InlineData("lnbc30000000001pq")] // more bitcoin than there are
    [InlineData("lnbc25x1pq")]
    [InlineData("bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq")]
    [InlineData("2500u1pq")]
    public void What_names_no_amount_is_refused(string? invoice) => Assert.False(Bolt11.TryReadSats(invoice, out _));
}
