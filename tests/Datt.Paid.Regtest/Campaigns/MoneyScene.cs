using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.AspNetCore.Hosting;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>An invoice as its buyer sees it, with the provider's id of it.</summary>
internal sealed record Purchase(string Id, string ProviderId, Customer Buyer, long DueSats, string? Address, string? Lightning, DateTimeOffset ExpiresAt);

/// <summary>A real server and a payment side under one calendar that stands until it is moved. Jobs run when they are called.</summary>
internal sealed class MoneyScene : IAsyncDisposable
{
    public static readonly DateTimeOffset Start = new(2026, 2, 1, 0, 0, 0, TimeSpan.Zero);
    private static readonly CancellationToken Ct = CancellationToken.None;

    private readonly WallClock _clock;

    private MoneyScene(ServerOnDisk server, IPaymentSide side, WallClock clock, WebhookMeter meter)
    {
        Server = server;
        Side = side;
        _clock = clock;
        Meter = meter;
        Rates.Add((Start, side.Rate));
    }

    public ServerOnDisk Server { get; }

    public IPaymentSide Side { get; }

    /// <summary>What our server answered to deliveries.</summary>
    public WebhookMeter Meter { get; }

    public DateTimeOffset Now => _clock.GetUtcNow();

    public List<Customer> Buyers { get; } = [];

    /// <summary>Payments that the network undid after they were settled.</summary>
    public HashSet<string> Undone { get; } = [];

    /// <summary>Invoices that a person marked as settled at the provider.</summary>
    public HashSet<string> Marked { get; } = [];

    /// <summary>Every rate of the payment side, and since when.</summary>
    public List<(DateTimeOffset Since, decimal Rate)> Rates { get; } = [];

    /// <summary>Every choice about renewal, by account.</summary>
    public List<(string Account, DateTimeOffset At, bool On)> Switches { get; } = [];

    public bool IsProviderDown { get; private set; }

    public static async Task<MoneyScene> StartAsync(
        IPaymentSide side, IReadOnlyDictionary<string, string?>? settings = null, Action<IServiceCollection>? services = null, bool jobs = false)
    {
        var clock = new WallClock(Start.ToString("O", CultureInfo.InvariantCulture));
        var meter = new WebhookMeter();
        var all = new Dictionary<string, string?>(side.Settings)
        {
            ["urls"] = ServerProcess.FreeAddress().ToString().TrimEnd('/'), // the same over restarts: the provider delivers there
            ["Datt:Pricing:Base"] = "2.00",
            ["Datt:Pricing:PerMillionRecords"] = "0.50",
            ["Datt:Pricing:Minimum"] = "0.50",
            ["Datt:Pricing:Maximum"] = "20.00",
            ["Datt:Payments:ZeroConfirmationLimit"] = "12000",
            ["Logging:LogLevel:Default"] = "Error",
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>())
            all[key] = value;
        var trouble = side.Trouble.On;
        side.Trouble.On = false;
        var server = await ServerOnDisk.StartAsync(all, clock, collection =>
        {
            if (!jobs)
                collection.Remove(collection.Single(d => d.ServiceType == typeof(IHostedService) && d.ImplementationType == typeof(JobSchedule)));
            collection.AddSingleton<IStartupFilter>(meter);
            side.Customise(collection);
            services?.Invoke(collection);
        });
        var scene = new MoneyScene(server, side, clock, meter);
        await scene.CheckedAsync();
        side.Trouble.On = trouble;
        return scene;
    }

    public T Get<T>() where T : notnull => Server.Services.GetRequiredService<T>();

    public async Task<Customer> NewBuyerAsync()
    {
        var buyer = await Customer.OpenAsync(Server);
        Buyers.Add(buyer);
        return buyer;
    }

    /// <summary>Moves both calendars; what was due to be delivered has been when it returns.</summary>
    public async Task AdvanceAsync(TimeSpan by)
    {
        await Side.RestAsync();
        _clock.Advance(by);
        await Side.AdvanceAsync(by);
    }

    /// <summary>Asks for an invoice; null when the payment side is not available, which is told as promised.</summary>
    public async Task<Purchase?> BuyAsync(Customer buyer, object order, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, "/api/v1/subscription/invoices") { Content = JsonContent.Create(order) };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        using var answer = await buyer.Http.SendAsync(request);
        if (answer.StatusCode == HttpStatusCode.ServiceUnavailable)
        {
            await Refused.WithAsync(answer, HttpStatusCode.ServiceUnavailable, "payments_unavailable");
            Side.Trouble.Count("purchase 503");
            return null;
        }
        if (answer.StatusCode == HttpStatusCode.TooManyRequests)
        {
            Side.Trouble.Count("purchase 429");
            return null;
        }
        Assert.True(answer.StatusCode == HttpStatusCode.Created, await answer.Content.ReadAsStringAsync());
        return await PurchaseAsync(buyer, await answer.Content.ReadFromJsonAsync<JsonElement>());
    }

    public Task<Purchase?> BuyAsync(Customer buyer, int months) => BuyAsync(buyer, new { months });

    /// <summary>The invoices of a buyer that he can pay now.</summary>
    public async Task<List<Purchase>> OpenInvoicesAsync(Customer buyer)
    {
        var list = await buyer.Http.GetFromJsonAsync<JsonElement>("/api/v1/subscription/invoices?limit=200");
        var open = new List<Purchase>();
        foreach (var invoice in list.GetProperty("invoices").EnumerateArray().Where(i => i.GetProperty("status").GetString() == "new"))
            open.Add(await PurchaseAsync(buyer, invoice));
        return open;
    }

    /// <summary>As it stands now: a BOLT11, for one, changes when a part was paid.</summary>
    public async Task<Purchase> AgainAsync(Purchase purchase) => await PurchaseAsync(
        purchase.Buyer, await purchase.Buyer.Http.GetFromJsonAsync<JsonElement>("/api/v1/subscription/invoices/" + purchase.Id));

    public Task ReconcileAsync(bool all = false) => all ? Get<ServerJobs>().ReconcileAllAsync(Ct) : Get<ServerJobs>().ReconcileAsync(Ct);

    public Task RenewAsync() => Get<RenewalJob>().RunAsync(Now, Ct);

    public Task RepriceAsync(long records) => Get<PriceBook>().RepriceAsync(new Coverage(records, 1, records), Now, Ct);

    public void ChangeRate(decimal rate)
    {
        Side.Rate = rate;
        Rates.Add((Now, rate));
    }

    public async Task SwitchAsync(Customer buyer, bool on)
    {
        using var answer = await buyer.Http.PatchAsJsonAsync("/api/v1/subscription", new { autoRenew = on });
        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Switches.Add((buyer.AccountId, Now, on));
    }

    /// <summary>Our server stops and starts on the same database, and looks at everything, as it does at each start.</summary>
    public async Task RestartAsync()
    {
        await Server.RestartAsync();
        await ReconcileAsync(all: true);
        Side.Trouble.Count("restart of ours");
    }

    public async Task StopProviderAsync(bool refuses)
    {
        IsProviderDown = true;
        await Side.StopAsync(refuses);
    }

    public async Task StartProviderAsync()
    {
        await Side.StartAgainAsync();
        IsProviderDown = false;
        await Side.RestAsync();
    }

    /// <summary>Nothing fails any more, and a circuit that was opened by failures has closed.</summary>
    public async Task CalmAsync()
    {
        Side.Trouble.On = false;
        await Side.RestAsync();
        await AdvanceAsync(TimeSpan.FromSeconds(40)); // what is remembered of the provider for a moment is forgotten
        await ReachableAsync();
    }

    /// <summary>Waits until the server can reach its provider again; the calendar stands.</summary>
    public Task ReachableAsync() => Eventually.HoldsAsync(async () =>
    {
        try
        {
            await Get<PaymentProviders>().Current!.ReadAsync("nobodysInvoice", Now, Ct);
            return true;
        }
        catch (ProviderUnavailableException)
        {
            return false;
        }
    }, "the provider can be reached");

    /// <summary>
    /// Runs reconciliation until a run has read everything that is due; the calendar stands. On a busy machine a call to the payment side may exceed
    /// the campaign's short time-outs, and the job then leaves the rest to its next run.
    /// </summary>
    public async Task CaughtUpAsync()
    {
        await ReachableAsync();
        await ReconcileAsync();
        await Eventually.HoldsAsync(async () =>
        {
            if (!await ReadAsync(db => db.Invoices.AnyAsync(i => i.ProviderId != null && i.NextReadAt != null && i.NextReadAt <= Now)))
                return true;
            await ReconcileAsync();
            return false;
        }, "every invoice that is due has been read");
    }

    public Task<T> ReadAsync<T>(Func<DattDbContext, Task<T>> work) => Get<Database>().ReadAsync(work, Ct);

    public async ValueTask DisposeAsync()
    {
        foreach (var buyer in Buyers)
            buyer.Dispose();
        await Server.DisposeAsync();
        await Side.DisposeAsync();
    }

    /// <summary>The check of the payment side has run, and so the webhook is registered.</summary>
    private async Task CheckedAsync()
    {
        await Eventually.HoldsAsync(() => Task.FromResult(Get<PaymentHealth>().Report.CheckedAt is not null), "the payment side was checked");
        Assert.Equal([], Get<PaymentHealth>().Report.Findings.Where(f => f.Severity == FindingSeverity.Error));
    }

    private async Task<Purchase> PurchaseAsync(Customer buyer, JsonElement invoice)
    {
        var id = invoice.GetProperty("id").GetString()!;
        return new Purchase(
            id, await ReadAsync(db => db.Invoices.Where(i => i.Id == id).Select(i => i.ProviderId!).SingleAsync()), buyer,
            invoice.GetProperty("dueSats").GetInt64(), invoice.GetProperty("address").GetString(), invoice.GetProperty("lightning").GetString(),
            invoice.GetProperty("expiresAt").GetDateTimeOffset());
    }
}
