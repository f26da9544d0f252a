using System.Security.Cryptography;
using Datt.Paid.BtcPayServer.Api;
using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.BtcPayServer;

/// <summary>What the test server is made of.</summary>
public sealed record BtcPayTestServerOptions
{
    /// <summary>The server's time: expiry, monitoring, retries of webhooks. A fake one makes all of them happen on command.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;

    /// <summary>Null: a <see cref="MemoryChain"/> of its own.</summary>
    public IBitcoinChain? Chain { get; init; }
}

/// <summary>How a server that is down looks from outside.</summary>
public enum Outage
{
    /// <summary>Nothing listens.</summary>
    Refused,

    /// <summary>A proxy before it answers 503.</summary>
    Unavailable,
}

/// <summary>
/// A BTCPay Server 2.4.1 to test against, on a port of its own: the Greenfield calls that a shop needs, invoices whose addresses live on a chain, a
/// Lightning node that it plays itself, and signed webhooks, all with the behaviour that was recorded from a real server. One store exists from the
/// start; its settings are BTCPay's defaults. Requests and chain may be used from several threads.
/// </summary>
public sealed class BtcPayTestServer : IAsyncDisposable
{
    /// <summary>What it calls itself.</summary>
    public const string Version = "2.4.1";

    private readonly ServerState _state;
    private WebApplication? _app;
    private int _port;

    private BtcPayTestServer(ServerState state, Store store)
    {
        _state = state;
        Store = store;
    }

    /// <summary>Base address, without a slash at the end. It stays the same over outages.</summary>
    public string Url => FormattableString.Invariant($"http://127.0.0.1:{_port}");

    public Store Store { get; }

    public string StoreId => Store.Id;

    public IBitcoinChain Bitcoin => _state.Chain;

    /// <summary>The chain in memory; throws where a real node is used.</summary>
    public MemoryChain Chain => (MemoryChain)_state.Chain;

    public TimeProvider Clock => _state.Clock;

    public Faults Faults => _state.Faults;

    public static async Task<BtcPayTestServer> StartAsync(BtcPayTestServerOptions? options = null)
    {
        options ??= new BtcPayTestServerOptions();
        var state = new ServerState(options.Chain ?? new MemoryChain(), options.Clock);
        var store = new Store { Id = Ids.New(32) };
        state.Stores.Add(store.Id, store);
        var server = new BtcPayTestServer(state, store);
        await server.ListenAsync(Outage.Refused, down: false);
        return server;
    }

    /// <summary>A key with these permissions, each <c>policy</c> or <c>policy:storeId</c>; without any: unrestricted.</summary>
    public string CreateApiKey(params IReadOnlyList<string> permissions)
    {
        var key = new ApiKey(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)), "test", permissions.Count == 0 ? [Policies.Unrestricted] : permissions);
        lock (_state.Watcher.Gate)
            _state.Keys.Add(key.Value, key);
        return key.Value;
    }

    /// <summary>Takes a key away: calls with it get 401 from now on.</summary>
    public void RevokeApiKey(string key)
    {
        lock (_state.Watcher.Gate)
            _state.Keys.Remove(key);
    }

    /// <summary>Another store, set up like the first.</summary>
    public Store CreateStore()
    {
        var store = new Store { Id = Ids.New(32) };
        lock (_state.Watcher.Gate)
            _state.Stores.Add(store.Id, store);
        return store;
    }

    /// <summary>A store that was made through the API.</summary>
    public Store FindStore(string id)
    {
        lock (_state.Watcher.Gate)
            return _state.Stores[id];
    }

    /// <summary>Pays what an invoice's BOLT11 asks for now.</summary>
    /// <param name="sats">For a top-up invoice, whose payer chooses.</param>
    public LightningOutcome PayLightning(string invoiceId, long sats = 0)
    {
        string? bolt11;
        lock (_state.Watcher.Gate)
            bolt11 = Find(invoiceId).Methods.Find(method => !method.IsChain)?.Destination;
        return PayBolt11(bolt11 ?? throw new InvalidOperationException($"Invoice {invoiceId} cannot be paid over Lightning."), sats);
    }

    /// <summary>Pays a BOLT11, also an old one.</summary>
    public LightningOutcome PayBolt11(string bolt11, long sats = 0) => _state.Watcher.PayLightning(bolt11, sats * 1000);

    /// <summary>All payments of the first store that count, as the API would list them.</summary>
    public IReadOnlyList<PaymentView> Payments()
    {
        lock (_state.Watcher.Gate)
        {
            return [.. Store.Invoices.Values.SelectMany(invoice => invoice.Accounted)
                .Select(payment => new PaymentView(payment.Id, payment.Invoice.Id, payment.Sats, payment.Settled))];
        }
    }

    /// <summary>Sets an invoice's status as its operator can in the web pages. False when BTCPay refuses it.</summary>
    public bool Mark(string invoiceId, InvoiceStatus status)
    {
        Invoice invoice;
        lock (_state.Watcher.Gate)
            invoice = Find(invoiceId);
        return _state.Watcher.Mark(invoice, status);
    }

    /// <summary>Archives a pull payment, so that nobody can claim it any more.</summary>
    public void ArchivePullPayment(string id)
    {
        lock (_state.Watcher.Gate)
            _state.Stores.Values.Single(store => store.PullPayments.ContainsKey(id)).PullPayments[id].Archived = true;
    }

    /// <summary>Stops the server. What waits in its webhook queues is forgotten; chain and clock go on without it.</summary>
    public async Task StopAsync(Outage outage = Outage.Refused)
    {
        _state.Watcher.Stop();
        _state.Sender.Forget();
        await CloseAsync();
        if (outage == Outage.Unavailable)
            await ListenAsync(outage, down: true);
    }

    /// <summary>Starts it again, at the same address: it finds the payments made meanwhile and sends their events.</summary>
    public async Task StartAgainAsync()
    {
        await CloseAsync();
        _state.Watcher.Start();
        await ListenAsync(Outage.Refused, down: false);
    }

    /// <summary>Returns when all webhooks have been delivered, or wait for the clock.</summary>
    public Task WebhooksAtRestAsync(CancellationToken ct = default) => _state.Sender.RestAsync(ct);

    public async ValueTask DisposeAsync()
    {
        _state.Dispose();
        await CloseAsync();
    }

    private Invoice Find(string invoiceId) =>
        _state.Stores.Values.Select(store => store.Invoices.GetValueOrDefault(invoiceId)).FirstOrDefault(invoice => invoice is not null)
        ?? throw new InvalidOperationException($"There is no invoice {invoiceId}.");

    private async Task CloseAsync()
    {
        if (_app is null)
            return;
        // Calls that are being answered are cut off, as by a crash.
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
        _app = null;
    }

    private async Task ListenAsync(Outage outage, bool down)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls(Url);
        _app = builder.Build();
        _app.Use((context, next) =>
        {
            context.Response.GetTypedHeaders().Date = Clock.GetUtcNow();
            return next(context);
        });
        if (down && outage == Outage.Unavailable)
            _app.Run(context => { context.Response.StatusCode = StatusCodes.Status503ServiceUnavailable; return Task.CompletedTask; });
        else
        {
            var api = new Greenfield(_app, _state);
            new ServerEndpoints(api).Map();
            new StoreEndpoints(api).Map();
            new InvoiceEndpoints(api).Map();
            new RefundEndpoints(api).Map();
            new LightningEndpoints(api).Map();
            new WebhookEndpoints(api).Map();
        }
        await _app.StartAsync();
        var addresses = _app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses;
        _port = new Uri(addresses.First()).Port;
    }
}
