using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.BtcPayServer.Webhooks;

namespace Datt.Paid.BtcPayServer;

/// <summary>What a restart of the server keeps (BTCPay's database), and the parts that work on it.</summary>
internal sealed class ServerState : IDisposable
{
    public ServerState(IBitcoinChain chain, TimeProvider clock)
    {
        Chain = chain;
        Clock = clock;
        Sender = new WebhookSender(clock, Faults);
        Watcher = new InvoiceWatcher(chain, clock, Sender.Send);
        Factory = new InvoiceFactory(chain, clock);
    }

    public IBitcoinChain Chain { get; }

    public TimeProvider Clock { get; }

    public Faults Faults { get; } = new();

    public WebhookSender Sender { get; }

    public InvoiceWatcher Watcher { get; }

    public InvoiceFactory Factory { get; }

    /// <summary>Guarded, as everything in it, by the watcher's gate.</summary>
    public Dictionary<string, Store> Stores { get; } = [];

    public Dictionary<string, ApiKey> Keys { get; } = [];

    public void Dispose()
    {
        Watcher.Dispose();
        Sender.Dispose();
    }
}
