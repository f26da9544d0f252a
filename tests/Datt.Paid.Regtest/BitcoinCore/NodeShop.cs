using Datt.Paid.Payments;
using Datt.Paid.Regtest.Node;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Datt.Paid.Tests.Payments;

namespace Datt.Paid.Regtest.BitcoinCore;

/// <summary>The money half that sells a month at 10,000 satoshi over a real node, and one account. Its clock is moved by the test, the node's is the real one.</summary>
internal sealed class NodeShop : IAsyncDisposable
{
    public static readonly CancellationToken Ct = CancellationToken.None;

    private NodeShop(RegtestNode node, CoreDialect dialect, MoneyServer money, string account) => (Node, Dialect, Money, Account) = (node, dialect, money, account);

    public RegtestNode Node { get; }

    public CoreDialect Dialect { get; }

    public MoneyServer Money { get; private set; }

    public string Account { get; }

    public static async Task<NodeShop> OpenAsync(TimeSpan ago = default)
    {
        var node = await RegtestNode.StartAsync();
        var dialect = await CoreDialect.StartAsync(node);
        var money = await MoneyServer.StartAsync(Settings(dialect.Url, node.Password), now: TimeProvider.System.GetUtcNow() - ago);
        return new NodeShop(node, dialect, money, (await money.AccountAsync()).Id);
    }

    public static Dictionary<string, string?> Settings(string url, string password) => new()
    {
        ["Datt:Payments:Provider"] = "BitcoinCore",
        ["Datt:Payments:BitcoinCore:RpcUrl"] = url,
        ["Datt:Payments:BitcoinCore:User"] = RegtestNode.User,
        ["Datt:Payments:BitcoinCore:Password"] = password,
        ["Datt:Payments:BitcoinCore:Wallet"] = "shop",
        ["Datt:Pricing:Model"] = "Flat",
        ["Datt:Pricing:Currency"] = "SATS",
        ["Datt:Pricing:Base"] = "10000",
        ["Datt:Pricing:Minimum"] = "1",
        ["Datt:Pricing:Maximum"] = "1000000",
    };

    public Task<string> PayAsync(InvoiceView invoice, long sats) => Node.PayAsync(invoice.Address!, sats);

    /// <summary>Reads what is due as the job does, with the clock at the real time.</summary>
    public async Task<(InvoiceStatus Status, InvoiceDetail Detail, SubscriptionState State)> LookAsync(InvoiceView invoice)
    {
        if (Money.Now < TimeProvider.System.GetUtcNow())
            Money.Now = TimeProvider.System.GetUtcNow();
        await Money.Reconciliation.RunAsync(Money.Now, Ct);
        var view = (await Money.Invoices.FindAsync(Account, invoice.Id, Ct))!;
        return (view.Status, view.Detail, Money.State(Account));
    }

    /// <summary>What the ledger says came in (payments and adjustments), in satoshi, equals what the wallet has.</summary>
    public async Task BooksAgreeAsync()
    {
        var entries = await Money.Balances.EntriesAsync(Account, 100, Ct);
        var booked = entries.Where(e => e.Kind == LedgerKind.Payment || e.Key.StartsWith("undone:", StringComparison.Ordinal)).Sum(e => e.Units) / 100_000_000;
        var coins = (System.Text.Json.Nodes.JsonArray)(await Node.WalletRpcAsync("listunspent", 1))!;
        Assert.Equal(coins.Sum(c => (long)((decimal)c!["amount"]! * 100_000_000m)), booked);
    }

    public async ValueTask DisposeAsync()
    {
        await Money.DisposeAsync();
        await Dialect.DisposeAsync();
        await Node.DisposeAsync();
    }
}
