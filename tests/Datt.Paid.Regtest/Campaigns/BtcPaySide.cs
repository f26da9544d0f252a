using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>A store at a BTCPay test server, over a chain in memory.</summary>
internal sealed class BtcPaySide : IPaymentSide
{
    public const string Secret = "the secret of the campaign's webhook";
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly FakeTimeProvider? _clock;

    private BtcPaySide(BtcPayTestServer server, FakeTimeProvider? clock, Random random)
    {
        Server = server;
        _clock = clock;
        Trouble = new Trouble(random);
        Key = server.CreateApiKey([.. Permissions.Select(p => $"{p}:{server.StoreId}")]);
        server.Store.NetworkFeeMode = NetworkFeeMode.Never;
        server.Faults.Webhook = Trouble.Webhook;
        server.Faults.Api = Trouble.Api;
    }

    public static IReadOnlyList<string> Permissions { get; } =
        [Policies.ModifyInvoices, Policies.ModifyWebhooks, Policies.ViewStoreSettings, Policies.CreateNonApprovedPullPayments];

    public BtcPayTestServer Server { get; }

    public string Key { get; }

    public Trouble Trouble { get; }

    public string Provider => "BtcPay";

    public bool KeepsUndonePayments => true;

    public IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Datt:Payments:Provider"] = "BtcPay",
        ["Datt:Payments:BtcPay:Url"] = Server.Url,
        ["Datt:Payments:BtcPay:StoreId"] = Server.StoreId,
        ["Datt:Payments:BtcPay:ApiKey"] = Key,
        ["Datt:Payments:BtcPay:WebhookSecret"] = Secret,
    };

    public decimal Rate
    {
        get => Server.Store.Rates["USD"];
        set => Server.Store.Rates["USD"] = value;
    }

    /// <param name="now">Null: real time.</param>
    public static async Task<BtcPaySide> StartAsync(DateTimeOffset? now, Random random)
    {
        var clock = now is { } start ? new FakeTimeProvider(start) : null;
        var server = await BtcPayTestServer.StartAsync(clock is null ? null : new BtcPayTestServerOptions { Clock = clock });
        return new BtcPaySide(server, clock, random);
    }

    /// <summary>A provider that keeps silent costs the campaign moments instead of half a minute.</summary>
    public void Customise(IServiceCollection services) => services.ConfigureAll<HttpStandardResilienceOptions>(options =>
    {
        options.AttemptTimeout.Timeout = TimeSpan.FromMilliseconds(500);
        options.TotalRequestTimeout.Timeout = TimeSpan.FromSeconds(2);
        options.Retry.Delay = TimeSpan.FromMilliseconds(5);
    });

    public string Pay(string address, long sats, bool replaceable = false) => Server.Chain.Pay(address, sats, replaceable);

    public string Replace(string transaction, string? address, long sats) => Server.Chain.Replace(transaction, address, sats);

    public void Mine() => Server.Chain.Mine();

    public void MineConflict(string transaction) => Server.Chain.MineConflict(transaction);

    public void ReorganiseAway(string transaction) => Server.Chain.Reorganise(1, transaction);

    public void ReorganiseOut(string transaction) => throw new NotSupportedException("BTCPay tells nothing about it.");

    public void SendAgain(string transaction) => throw new NotSupportedException("BTCPay tells nothing about it.");

    public bool PayLightning(string bolt11) => Server.PayBolt11(bolt11) == LightningOutcome.Paid;

    public bool Mark(string invoiceId, bool settled) => Server.Mark(invoiceId, settled ? InvoiceStatus.Settled : InvoiceStatus.Invalid);

    public int WithdrawRefunds(IEnumerable<string> ids)
    {
        var count = 0;
        foreach (var id in ids)
        {
            Server.ArchivePullPayment(id);
            count++;
        }
        return count;
    }

    public IReadOnlyList<SidePayment> Payments() => [.. Server.Payments().Select(p => new SidePayment(p.Id, p.InvoiceId, p.Sats, p.Settled))];

    public async Task AdvanceAsync(TimeSpan by)
    {
        if (_clock is null)
            throw new InvalidOperationException("Real time moves by itself.");
        await RestAsync(); // what is being delivered arrives at the time at which it happened
        _clock.Advance(by);
        await RestAsync();
    }

    public async Task RestAsync()
    {
        using var deadline = new CancellationTokenSource(Patience);
        await Server.WebhooksAtRestAsync(deadline.Token);
    }

    public Task StopAsync(bool refuses) => Server.StopAsync(refuses ? Outage.Refused : Outage.Unavailable);

    public Task StartAgainAsync() => Server.StartAgainAsync();

    public ValueTask DisposeAsync() => Server.DisposeAsync();
}
