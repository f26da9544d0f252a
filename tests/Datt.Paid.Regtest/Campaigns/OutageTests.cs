using System.Net;
using System.Net.Http.Json;
using Datt.Paid.BtcPayServer;
using Datt.Paid.Payments;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>The provider is down for an hour, in both ways in which a server is down.</summary>
public class OutageTests
{
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task An_hour_without_the_provider_is_caught_up_within_one_interval(bool refuses)
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start, new Random(1));
        side.Trouble.On = false;
        await using var scene = await MoneyScene.StartAsync(side, new Dictionary<string, string?> { ["Datt:Payments:ReconcileInterval"] = "00:00:05" });
        var subscriber = await scene.NewBuyerAsync();
        Assert.True(side.PayLightning((await scene.BuyAsync(subscriber, 1))!.Lightning!));
        await SearchesAsync(scene, subscriber, HttpStatusCode.OK);
        // Asked for before, paid while nobody looks: by a chain that goes on without the provider.
        var buyer = await scene.NewBuyerAsync();
        var invoice = (await scene.BuyAsync(buyer, 12))!;
        var late = await scene.NewBuyerAsync();
        var lateInvoice = (await scene.BuyAsync(late, 12))!;
        await side.RestAsync();

        await scene.StopProviderAsync(refuses);
        side.Pay(invoice.Address!, invoice.DueSats);
        side.Mine();
        for (var minutes = 0; minutes < 60; minutes += 6)
        {
            await scene.AdvanceAsync(TimeSpan.FromMinutes(6));
            await scene.ReconcileAsync(); // each interval; fails and harms nothing
            using var answer = await subscriber.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 });
            await Refused.WithAsync(answer, HttpStatusCode.ServiceUnavailable, "payments_unavailable");
            Assert.NotNull(answer.Headers.RetryAfter);
            await SearchesAsync(scene, subscriber, HttpStatusCode.OK);
            await SearchesAsync(scene, buyer, HttpStatusCode.PaymentRequired);
            Assert.True((await scene.Server.Anyone.GetAsync("/health/ready")).IsSuccessStatusCode, "the server is ready without its provider");
        }
        side.Pay(lateInvoice.Address!, lateInvoice.DueSats);

        await scene.StartProviderAsync();
        side.Mine();
        await scene.AdvanceAsync(scene.Get<IOptions<PaymentsOptions>>().Value.ReconcileInterval);
        await scene.CaughtUpAsync(); // the circuit is open for less than the shortest interval
        await SearchesAsync(scene, buyer, HttpStatusCode.OK);
        await SearchesAsync(scene, late, HttpStatusCode.OK);
        PaymentOracle.Check(scene, await Books.OfAsync(scene));
        Assert.Equal(3, (await Books.OfAsync(scene)).Payments.Count(p => p.Settled));
        Assert.NotNull(await scene.BuyAsync(late, 1));
        // What was refused meanwhile has left nothing behind that could be paid or that stands in the way.
        Assert.Single(await scene.OpenInvoicesAsync(late));
        Assert.Empty(await scene.OpenInvoicesAsync(subscriber));
    }

    [Fact]
    public async Task A_late_payment_that_waits_for_a_rate_holds_up_nobody_else()
    {
        var side = await BtcPaySide.StartAsync(MoneyScene.Start, new Random(1));
        side.Trouble.On = false;
        side.Server.Faults.Webhook = _ => new WebhookFault { Drop = true };
        await using var scene = await MoneyScene.StartAsync(side);
        var (late, punctual) = (await scene.NewBuyerAsync(), await scene.NewBuyerAsync());
        var first = (await scene.BuyAsync(punctual, 1))!;
        var lateInvoice = (await scene.BuyAsync(late, 12))!;
        await scene.AdvanceAsync(TimeSpan.FromMinutes(30));
        var second = (await scene.BuyAsync(punctual, 1))!;
        Assert.True(side.PayLightning(first.Lightning!) && side.PayLightning(second.Lightning!));
        await scene.AdvanceAsync(TimeSpan.FromMinutes(31));
        side.Pay(lateInvoice.Address!, lateInvoice.DueSats);
        side.Mine();
        side.Server.Store.Rates.Remove("USD");

        await scene.ReconcileAsync();
        Assert.Equal(2, (await Books.OfAsync(scene)).Ledger.Count(l => l.Kind == Storage.LedgerKind.Payment));
        side.Rate = 60_000m;
        await scene.AdvanceAsync(TimeSpan.FromMinutes(1));
        await scene.ReconcileAsync();
        PaymentOracle.Check(scene, await Books.OfAsync(scene));
        await SearchesAsync(scene, late, HttpStatusCode.OK);
    }

    private static Task SearchesAsync(MoneyScene scene, Customer buyer, HttpStatusCode status) => Eventually.HoldsAsync(async () =>
    {
        using var answer = await buyer.Http.GetAsync("/api/v1/search?q=anything");
        return answer.StatusCode == status;
    }, $"a search is answered with {(int)status} at {scene.Now:O}");
}
