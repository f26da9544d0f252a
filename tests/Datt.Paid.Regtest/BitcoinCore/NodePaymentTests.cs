using Datt.Paid.Payments;
using Datt.Paid.Payments.BitcoinCore;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;

namespace Datt.Paid.Regtest.BitcoinCore;

/// <summary>Invoices paid by real transactions on a real node.</summary>
public class NodePaymentTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;

    [Fact]
    public async Task Exact()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 2);
        Assert.StartsWith("bcrt1q", invoice.Address, StringComparison.Ordinal);
        await shop.PayAsync(invoice, 20_000);
        Assert.Equal((InvoiceStatus.Processing, InvoiceDetail.None, SubscriptionState.None), await shop.LookAsync(invoice));
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None, SubscriptionState.Active), await shop.LookAsync(invoice));
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task Partial_then_topped_up_to_the_same_address()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 2);
        await shop.PayAsync(invoice, 12_000);
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.New, InvoiceDetail.PaidPartial, SubscriptionState.None), await shop.LookAsync(invoice));
        Assert.Equal(8_000, (await shop.Money.Invoices.FindAsync(shop.Account, invoice.Id, Ct))!.DueSats);
        await shop.PayAsync(invoice, 8_000);
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None, SubscriptionState.Active), await shop.LookAsync(invoice));
        Assert.Equal(2, (await shop.Money.Balances.EntriesAsync(shop.Account, 10, Ct)).Count(e => e.Kind == LedgerKind.Payment));
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task Over()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 1);
        await shop.PayAsync(invoice, 13_000);
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.PaidOver, SubscriptionState.Active), await shop.LookAsync(invoice));
        Assert.Equal(3_000m, await shop.Money.BalanceAsync(shop.Account));
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task Late()
    {
        await using var shop = await NodeShop.OpenAsync(ago: TimeSpan.FromHours(2));
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 1); // has expired an hour ago by the node's clock
        await shop.PayAsync(invoice, 10_000);
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.PaidLate, SubscriptionState.Active), await shop.LookAsync(invoice));
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task Replaced_or_double_spent_before_confirmation()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 1);
        var replaced = await shop.Node.PayAsync(invoice.Address!, 10_000, signalsReplacement: true);
        Assert.Equal(InvoiceStatus.Processing, (await shop.LookAsync(invoice)).Status);
        await shop.Node.ReplaceAsync(replaced);
        Assert.Equal((InvoiceStatus.New, InvoiceDetail.None, SubscriptionState.None), await shop.LookAsync(invoice));

        var doubleSpent = await shop.PayAsync(invoice, 10_000);
        Assert.Equal(InvoiceStatus.Processing, (await shop.LookAsync(invoice)).Status);
        await shop.Node.MineConflictAsync(doubleSpent);
        Assert.Equal((InvoiceStatus.New, InvoiceDetail.None, SubscriptionState.None), await shop.LookAsync(invoice));
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task Reorganised_away_after_confirmation_is_booked_back_with_the_access()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 1);
        var payment = await shop.PayAsync(invoice, 10_000);
        await shop.Node.MineAsync(2);
        Assert.Equal(SubscriptionState.Active, (await shop.LookAsync(invoice)).State);
        await shop.Node.ReorganiseAsync(2, payment);
        Assert.Equal(SubscriptionState.Expired, (await shop.LookAsync(invoice)).State);
        Assert.Equal(0m, await shop.Money.BalanceAsync(shop.Account));
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task Reorganised_and_taken_in_again_changes_nothing()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 1);
        var payment = await shop.PayAsync(invoice, 10_000);
        var raw = (await shop.Node.WalletRpcAsync("gettransaction", payment, true))!["hex"]!.ToString();
        await shop.Node.MineAsync();
        await shop.LookAsync(invoice);
        await shop.Node.ReorganiseAsync(1);
        Assert.Equal(SubscriptionState.Active, (await shop.LookAsync(invoice)).State);
        await shop.Node.RpcAsync("sendrawtransaction", raw); // as the payer's wallet does
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None, SubscriptionState.Active), await shop.LookAsync(invoice));
        Assert.DoesNotContain(await shop.Money.Balances.EntriesAsync(shop.Account, 10, Ct), e => e.Kind == LedgerKind.Adjustment);
        await shop.BooksAgreeAsync();
    }

    [Fact]
    public async Task A_node_that_was_away_while_it_was_paid()
    {
        await using var shop = await NodeShop.OpenAsync();
        var invoice = await shop.Money.InvoiceAsync(shop.Account, 1);
        await shop.PayAsync(invoice, 10_000);
        await shop.LookAsync(invoice);
        shop.Dialect.Down = true;
        await shop.Node.MineAsync();
        Assert.Equal((InvoiceStatus.Processing, InvoiceDetail.None, SubscriptionState.None), await shop.LookAsync(invoice));
        var refused = await shop.Money.Invoices.CreateAsync(shop.Account, new InvoiceRequest(1, null), shop.Money.Now, Ct);
        Assert.IsType<InvoiceOutcome.Unavailable>(refused);
        shop.Dialect.Down = false;
        await BrokenCircuitClosesAsync(shop);
        Assert.Equal((InvoiceStatus.Settled, InvoiceDetail.None, SubscriptionState.Active), await shop.LookAsync(invoice));
        await shop.BooksAgreeAsync();
    }

    /// <summary>The client may have stopped asking for a few seconds.</summary>
    private static Task BrokenCircuitClosesAsync(NodeShop shop) => Server.Tests.Running.Eventually.HoldsAsync(
        async () => (await shop.Money.Get<BitcoinNode>().ChainInfoAsync(Ct)).Failure is null, "the node is asked again");
}
