using System.Globalization;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.BtcPayServer;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>A real server process dies, as by <c>kill -9</c>, at each step that a webhook sets off; after the next start the payment is booked exactly once.</summary>
[Collection(CampaignCollection.Name)]
public sealed class SettlementKillTests(ITestOutputHelper output)
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task A_payment_counts_once_wherever_the_process_dies()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill -9: only on Linux");
        var run = new CampaignRun(output, "settlement kills");
        using var folder = new DataFolder(run);
        // The provider's clock moves on command: a delivery that failed is repeated when the test says so, and then dropped.
        await using var side = await BtcPaySide.StartAsync(DateTimeOffset.UtcNow, new Random(1));
        side.Trouble.On = false;
        side.Server.Faults.Webhook = attempt =>
            attempt is { Type: "InvoiceSettled", Attempt: 0 } ? null : new WebhookFault { Drop = true };
        var scene = new Scene(side, folder.Data, System.IO.Path.Combine(System.IO.Path.GetDirectoryName(folder.Data)!, "steps"));

        // Where it does not die at all, the steps are counted.
        var steps = await scene.BuyAsync(dieAt: 0);
        run.Say($"{steps.Count} steps: {string.Join(" ", steps)}");
        Assert.Contains("TransactionCommitting", steps);
        Assert.Contains("HttpRequestOut.Start", steps);
        var died = 0;
        for (var step = 1; step <= steps.Count; step++)
        {
            if (await scene.BuyAsync(step) is [.., _] passed && passed.Count == step)
                died++;
        }
        await scene.CheckBooksAsync();
        run.Say($"killed at {died} of {steps.Count} steps; each of {scene.Invoices} payments was booked once");
        // The answer to the delivery runs beside the settlement, so the last steps may change places.
        Assert.True(died >= steps.Count - 2, $"only {died} of {steps.Count} steps were reached");
        folder.Passed();
    }

    private sealed class Scene(BtcPaySide side, string data, string stepsFile)
    {
        private readonly Uri _address = ServerProcess.FreeAddress();
        private readonly List<(HttpClient Http, string Invoice)> _bought = [];

        public int Invoices => _bought.Count;

        /// <summary>Starts the server, looks whether all before is in order, buys and pays; the answer is the steps that were passed.</summary>
        public async Task<List<string>> BuyAsync(int dieAt)
        {
            File.Delete(stepsFile);
            await using var process = await StartAsync(dieAt);
            await CheckAccessAsync();
            var account = await new HttpClient { BaseAddress = _address }.PostAsync("/api/v1/accounts", null, Ct);
            var http = new HttpClient { BaseAddress = _address };
            var key = (await account.Content.ReadFromJsonAsync<JsonElement>(Ct)).GetProperty("apiKey").GetString();
            http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
            var made = await http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 }, Ct);
            var invoice = await made.Content.ReadFromJsonAsync<JsonElement>(Ct);
            Assert.True(made.IsSuccessStatusCode, $"{invoice}\n{process.Output}");
            _bought.Add((http, invoice.GetProperty("id").GetString()!));
            Assert.True(side.PayLightning(invoice.GetProperty("lightning").GetString()!));
            if (dieAt == 0)
            {
                await CheckAccessAsync();
                await side.RestAsync(); // the delivery is answered
            }
            else
                await process.ExitedAsync(TimeSpan.FromSeconds(10), Ct);
            await side.RestAsync();
            await side.AdvanceAsync(TimeSpan.FromSeconds(11)); // the repetition of what was cut off is dropped, and no longer stands in the way
            return [.. await File.ReadAllLinesAsync(stepsFile, Ct)];
        }

        public async Task CheckBooksAsync()
        {
            await using (await StartAsync(dieAt: null))
                await CheckAccessAsync();
            await using var services = new ServiceCollection().AddLogging().AddStorage(_ => StorageRegistration.SqliteFile(data)).BuildServiceProvider();
            var (ledger, periods) = await services.GetRequiredService<Database>().ReadAsync(
                async db => (await db.Ledger.ToListAsync(), await db.Periods.ToListAsync()), Ct);
            foreach (var (_, invoice) in _bought)
            {
                Assert.Equal(
                    [LedgerKind.Payment, LedgerKind.Charge], ledger.Where(l => l.InvoiceId == invoice).OrderBy(l => l.Id).Select(l => l.Kind));
                Assert.Single(periods, p => p.InvoiceId == invoice);
            }
            Assert.Equal(side.Payments().Count, ledger.Count(l => l.Kind == LedgerKind.Payment));
        }

        private async Task<ServerProcess> StartAsync(int? dieAt)
        {
            var settings = side.Settings.ToDictionary(s => s.Key, s => s.Value!);
            settings["Datt:Payments:ReconcileInterval"] = "1.00:00:00"; // at start, and then by webhooks alone
            settings["Datt:Pricing:Base"] = settings["Datt:Pricing:Maximum"] = "2.00";
            if (dieAt is { } step)
            {
                settings["DOTNET_STARTUP_HOOKS"] = typeof(StartupHook).Assembly.Location;
                settings[StartupHook.File] = stepsFile;
                settings[StartupHook.DieAt] = step.ToString(CultureInfo.InvariantCulture);
            }
            var process = await ServerProcess.Start(data, _address, settings).ReadyAsync(Ct);
            using var http = new HttpClient();
            http.DefaultRequestHeaders.Add("Authorization", "token " + side.Key);
            await Eventually.HoldsAsync(
                async () => (await http.GetFromJsonAsync<JsonElement>($"{side.Server.Url}/api/v1/stores/{side.Server.StoreId}/webhooks", Ct)).GetArrayLength() > 0,
                Deadline, () => "the webhook is registered", Ct);
            return process;
        }

        /// <summary>Everybody who has paid may search; the last of them soon, the others since the start.</summary>
        private async Task CheckAccessAsync()
        {
            foreach (var (http, invoice) in _bought.TakeLast(2))
            {
                await Eventually.HoldsAsync(async () =>
                {
                    using var answer = await http.GetAsync("/api/v1/search?q=anything", Ct);
                    return answer.IsSuccessStatusCode;
                }, Deadline, () => $"invoice {invoice} is paid and gives access", Ct);
            }
        }
    }
}
