using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Subscriptions;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Tests.Payments;

/// <summary>What the host hears when it starts with a wrong configuration.</summary>
public class PaymentsOptionsTests
{
    [Theory]
    [InlineData("Development", "", "")]
    [InlineData("Production", "Datt:Search:Access=Free", "")]
    [InlineData("Production", "", "nobody can pay")]
    [InlineData("Production", "Datt:Payments:Provider=Sandbox", "not real")]
    [InlineData("Development", "Datt:Payments:Provider=7", "not part of this version")]
    [InlineData("Production", "Datt:Payments:Provider=BtcPay", "Datt:Payments:BtcPay:Url is empty")]
    [InlineData("Production", "Datt:Payments:Provider=BtcPay", "Datt:Payments:BtcPay:WebhookSecret is empty")]
    [InlineData("Development", "Datt:Payments:BtcPay:Url=https://btcpay.example.org", "Datt:Payments:BtcPay:ApiKey is empty")]
    [InlineData("Development", "Datt:Payments:BtcPay:Url=ftp://btcpay.example.org", "Datt:Payments:BtcPay:Url must be")]
    [InlineData("Development", "Datt:Payments:BtcPay:StoreId=../x", "Datt:Payments:BtcPay:StoreId must be")]
    [InlineData("Development", "Datt:Payments:BtcPay:WebhookSecret=short", "16 to 200 characters")]
    [InlineData("Development", "Datt:Payments:BtcPay:Monitoring=00:00:01", "Datt:Payments:BtcPay:Monitoring")]
    [InlineData("Production", "Datt:Payments:Provider=BtcPay Datt:Payments:BtcPay:Url=https://b.example/pay Datt:Payments:BtcPay:StoreId=abc1 Datt:Payments:BtcPay:ApiKey=k Datt:Payments:BtcPay:WebhookSecret=0123456789abcdef", "")]
    [InlineData("Production", "Datt:Payments:Provider=BitcoinCore", "Datt:Payments:BitcoinCore:RpcUrl is empty")]
    [InlineData("Production", "Datt:Payments:Provider=BitcoinCore", "Datt:Payments:Rates:Url or Datt:Payments:Rates:Fixed is needed")]
    [InlineData("Production", "Datt:Payments:Provider=BitcoinCore Datt:Payments:BitcoinCore:RpcUrl=http://127.0.0.1:8332 Datt:Payments:BitcoinCore:User=u Datt:Payments:BitcoinCore:Password=p Datt:Payments:Rates:Fixed=90000", "")]
    [InlineData("Production", "Datt:Payments:Provider=BitcoinCore Datt:Payments:BitcoinCore:RpcUrl=http://127.0.0.1:8332 Datt:Payments:BitcoinCore:User=u Datt:Payments:BitcoinCore:Password=p Datt:Pricing:Currency=SATS Datt:Pricing:Base=300 Datt:Pricing:Minimum=100 Datt:Pricing:Maximum=1000", "")]
    [InlineData("Development", "Datt:Payments:BitcoinCore:RpcUrl=http://127.0.0.1:8332 Datt:Payments:BitcoinCore:User=u", "Datt:Payments:BitcoinCore:Password are needed")]
    [InlineData("Development", "Datt:Payments:BitcoinCore:RpcUrl=http://127.0.0.1:8332/wallet/x Datt:Payments:BitcoinCore:CookieFile=/c", "the wallet goes into")]
    [InlineData("Development", "Datt:Payments:BitcoinCore:RpcUrl=http://127.0.0.1:8332 Datt:Payments:BitcoinCore:User=u Datt:Payments:BitcoinCore:Password=p Datt:Payments:BitcoinCore:CookieFile=/c", "takes the place of")]
    [InlineData("Development", "Datt:Payments:BitcoinCore:RpcUrl=http://127.0.0.1:8332 Datt:Payments:BitcoinCore:User=u Datt:Payments:BitcoinCore:Password=p Datt:Payments:BitcoinCore:Confirmations=0", "Datt:Payments:BitcoinCore:Confirmations must be")]
    [InlineData("Development", "Datt:Payments:Rates:Url=https://rates.example/btc", "Datt:Payments:Rates:Minimum and")]
    [InlineData("Development", "Datt:Payments:Rates:Url=https://rates.example/btc Datt:Payments:Rates:Minimum=1000 Datt:Payments:Rates:Maximum=1000000 Datt:Payments:Rates:Path=usd", "JSON pointer")]
    [InlineData("Development", "Datt:Payments:Rates:Fixed=1 Datt:Payments:Rates:Url=https://rates.example/btc", "takes the place of")]
    [InlineData("Development", "Datt:Payments:Rates:MaximumAge=00:00:10", "Datt:Payments:Rates:MaximumAge")]
    [InlineData("Development", "Datt:Payments:Rates:MaximumJump=0", "MaximumJump")]
    [InlineData("Development", "Datt:Payments:ReconcileInterval=00:00:01", "ReconcileInterval")]
    [InlineData("Development", "Datt:Payments:MinimumOnChainSats=1 Datt:Pricing:Minimum=2", "MinimumOnChainSats")]
    [InlineData("Development", "Datt:Payments:MinimumOnChainSats=1 Datt:Pricing:Minimum=2", "Pricing:Minimum")]
    public void A_start_succeeds_or_says_why(string environment, string settings, string expected)
    {
        var values = settings.Split(' ', StringSplitOptions.RemoveEmptyEntries).Select(s => s.Split('=')).ToDictionary(s => s[0], s => (string?)s[1]);
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(values).Build());
        services.AddPricing();
        services.AddPayments(environment, _ => new InvoiceOrigin("s"));
        services.AddSubscriptions();
        using var provider = services.BuildServiceProvider();
        var start = provider.GetRequiredService<IStartupValidator>();
        if (expected.Length == 0)
            start.Validate();
        else
            Assert.Contains(expected, Assert.ThrowsAny<Exception>(start.Validate).ToString());
    }
}
