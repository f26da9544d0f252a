using Datt.Paid.Payments.BtcPay;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;

namespace Datt.Paid.Tests.Payments.BtcPay;

/// <summary>What happens at the moment at which a payment side that was away is asked again.</summary>
public class CircuitTests
{
    private const string Info = """{"version":"2.4.1","fullySynched":true}""";
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Whoever_comes_while_another_call_tries_the_way_waits_for_it(bool reads)
    {
        using var answer = new ManualResetEventSlim();
        using var tried = new ManualResetEventSlim();
        var away = true;
        using var bench = new BtcPayBench(
            _ =>
            {
                if (Volatile.Read(ref away))
                    throw new HttpRequestException("no route to host");
                tried.Set();
                Assert.True(answer.Wait(Deadline, TestContext.Current.CancellationToken));
                return BtcPayBench.Json(Info);
            },
            customise: services => services.ConfigureAll<HttpStandardResilienceOptions>(options =>
            {
                options.CircuitBreaker.BreakDuration = TimeSpan.FromSeconds(1);
                options.Retry.MaxRetryAttempts = 10; // the test lets go of the first call at some time of its own
            }));
        for (var i = 0; i < 15; i++)
            Assert.IsType<BtcPayFailure.Unavailable>((await bench.Client.CreateInvoiceAsync(Invoice, Ct)).Failure);
        Volatile.Write(ref away, false);

        // Refused until the break is over; then one is on its way.
        var first = Task.Run(async () =>
        {
            while (true)
            {
                if (await bench.Client.ServerInfoAsync(Ct) is { Failure: null } read)
                    return read;
            }
        });
        Assert.True(tried.Wait(Deadline, TestContext.Current.CancellationToken));
        var second = reads ? WasAnswered(bench.Client.ServerInfoAsync(Ct)) : WasAnswered(bench.Client.CreateInvoiceAsync(Invoice, Ct));
        answer.Set();
        Assert.True(await second, "the second call was refused though BTCPay answers");
        Assert.Null((await first).Failure);
    }

    /// <summary>Answered at all, and not refused on our side; what this test's wire answers is no invoice.</summary>
    private static async Task<bool> WasAnswered<T>(Task<BtcPayAnswer<T>> call) where T : class =>
        (await call).Failure is null or BtcPayFailure.Unavailable { Status: 200 };

    private static readonly BtcPayNewInvoice Invoice = new(
        "0.25", "USD", new Dictionary<string, string> { ["orderId"] = "inv1" }, new BtcPayCheckout("MediumSpeed", ["BTC-LN"], 60, 10080, 0));
}
