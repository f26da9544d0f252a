using System.Net;
using Datt.Paid.BtcPayServer;
using Datt.Paid.Payments.L402;
using Datt.Paid.Server.Tests.Payments;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Access;

/// <summary>What holds refusals and the payment side apart: nobody waits long for an offer, and no flood makes many invoices.</summary>
public class PassLimitTests
{
    private const string Search = "/api/v1/search?q=anything";

    [Fact]
    public async Task While_BTCPay_hangs_refusals_come_without_an_offer_and_it_is_asked_once()
    {
        await using var shop = await Shop.OpenAsync(settings => settings["Datt:L402:Enabled"] = "true", sellsPasses: true);
        var asked = 0;
        shop.BtcPay.Faults.Api = (method, path) =>
        {
            if (method != "POST" || !path.EndsWith("/lightning/BTC/invoices", StringComparison.Ordinal))
                return ApiFault.None;
            Interlocked.Increment(ref asked);
            return ApiFault.TimeOut;
        };
        for (var i = 0; i < 5; i++)
        {
            using var refused = await shop.Server.Anyone.GetAsync(Search);
            await Refused.WithAsync(refused, HttpStatusCode.PaymentRequired, "payment_required");
            Assert.False(refused.Headers.Contains("WWW-Authenticate"), "an offer whose invoice was never made");
        }
        Assert.Equal(1, Volatile.Read(ref asked));
        // Callers with a key wait for none of this.
        using var customer = await shop.Server.NewCustomerAsync();
        await Refused.WithAsync(customer.Http.GetAsync(Search), HttpStatusCode.PaymentRequired, "payment_required");
        Assert.Equal(1, Volatile.Read(ref asked));
    }

    [Fact]
    public async Task A_minute_makes_no_more_invoices_than_it_may_and_the_next_one_goes_on()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(
            new Dictionary<string, string?>
            {
                ["Datt:L402:Enabled"] = "true",
                ["Datt:L402:InvoicesPerMinute"] = "3",
                ["Datt:TrustedProxies:0"] = "127.0.0.1",
            },
            time);
        Assert.Equal(3, await OffersAsync(server, 0));
        time.Advance(TimeSpan.FromSeconds(59));
        Assert.Equal(0, await OffersAsync(server, 100));
        Assert.Equal(3, await OffersAsync(server, 0)); // who has one keeps it
        time.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(3, await OffersAsync(server, 200));
        Assert.Equal(6, server.Services.GetRequiredService<ChallengeDesk>().Open);
    }

    /// <summary>How many of eight addresses get an offer.</summary>
    private static async Task<int> OffersAsync(ServerOnDisk server, int first)
    {
        var offers = 0;
        for (var i = first; i < first + 8; i++)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, Search);
            request.Headers.Add("X-Forwarded-For", $"2001:db8:0:{i:x}::1");
            using var answer = await server.Anyone.SendAsync(request);
            await Refused.WithAsync(answer, HttpStatusCode.PaymentRequired, "payment_required");
            offers += answer.Headers.Contains("WWW-Authenticate") ? 1 : 0;
        }
        return offers;
    }
}
