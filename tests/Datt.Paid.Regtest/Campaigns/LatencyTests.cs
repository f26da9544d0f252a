using System.Diagnostics;
using System.Globalization;
using System.Net;
using Datt.Paid.BtcPayServer;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Real time from a payment that is settled to a search that is allowed. The deadlines are generous; the figures are printed.</summary>
[Collection(CampaignCollection.Name)]
public sealed class LatencyTests(ITestOutputHelper output)
{
    private const int PaymentsWithWebhook = 50;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Access_begins_soon_after_a_payment_settles(bool webhook)
    {
        var run = new CampaignRun(output, webhook ? "latency with webhook" : "latency without");
        await using var side = await BtcPaySide.StartAsync(now: null, new Random(1));
        side.Trouble.On = false;
        if (!webhook)
            side.Server.Faults.Webhook = _ => new WebhookFault { Drop = true };
        await using var server = await ServerOnDisk.StartAsync(new Dictionary<string, string?>(side.Settings)
        {
            ["Datt:Payments:ReconcileInterval"] = "00:00:05",
            ["Datt:Pricing:Base"] = "2.00",
            ["Datt:Pricing:Maximum"] = "2.00",
        });
        await Eventually.HoldsAsync(
            () => Task.FromResult(server.Services.GetRequiredService<PaymentHealth>().Report.CheckedAt is not null), "the webhook is registered");
        var times = new List<double>();
        var payments = webhook || CampaignRun.Full ? PaymentsWithWebhook : PaymentsWithWebhook / 5;
        // Without webhooks several wait for the same interval; each waits its own time.
        for (var round = 0; times.Count < payments; round++)
            times.AddRange(await Task.WhenAll(Enumerable.Range(0, webhook ? 1 : 5).Select(i => MeasureAsync(server, side, TimeSpan.FromMilliseconds(i * 900)))));
        times.Sort();
        run.Say(string.Create(CultureInfo.InvariantCulture,
            $"{times.Count} payments, settled to search allowed: p50 {At(times, 0.5):F0} ms, p99 {At(times, 0.99):F0} ms, longest {times[^1]:F0} ms"));
        Assert.True(times[^1] < Deadline.TotalMilliseconds);
    }

    private static async Task<double> MeasureAsync(ServerOnDisk server, BtcPaySide side, TimeSpan later)
    {
        using var buyer = await server.NewCustomerAsync();
        var invoice = await buyer.InvoiceAsync(1);
        await Task.Delay(later); // spreads the payments over the interval
        var paid = Stopwatch.GetTimestamp();
        Assert.True(side.PayLightning(invoice.GetProperty("lightning").GetString()!));
        while (true)
        {
            using var answer = await buyer.Http.GetAsync("/api/v1/search?q=anything");
            if (answer.StatusCode == HttpStatusCode.OK)
                return Stopwatch.GetElapsedTime(paid).TotalMilliseconds;
            Assert.Equal(HttpStatusCode.PaymentRequired, answer.StatusCode);
            Assert.True(Stopwatch.GetElapsedTime(paid) < Deadline, $"no access {Deadline.TotalSeconds} s after the payment settled");
            await Task.Delay(5);
        }
    }

    private static double At(List<double> sorted, double share) => sorted[Math.Min(sorted.Count - 1, (int)Math.Ceiling(share * sorted.Count) - 1)];
}
