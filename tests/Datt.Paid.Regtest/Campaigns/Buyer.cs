using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Plays one <see cref="Story"/>: each yield is the time until it goes on.</summary>
internal sealed class Buyer(MoneyScene scene, Story story, int number)
{
    private static readonly TimeSpan Moment = TimeSpan.FromMinutes(2);
    private static readonly TimeSpan TillExpired = TimeSpan.FromMinutes(61);

    private IPaymentSide Side => scene.Side;

    private Customer Account => scene.Buyers[story.Account];

    public async IAsyncEnumerable<TimeSpan> LiveAsync()
    {
        Purchase? made = null;
        for (var attempt = 0; attempt < 5 && made is null; attempt++)
        {
            made = await BuyAsync();
            if (made is null)
                yield return TimeSpan.FromMinutes(20);
        }
        if (made is null)
            yield break;
        yield return Moment;
        await foreach (var wait in PayAsync(made))
            yield return wait;
    }

    private async Task<Purchase?> BuyAsync()
    {
        object order = story.Act is Act.Deposit or Act.DepositInParts
            ? new { deposit = new { amount = FormattableString.Invariant($"{(story.Size + 1) / 4m:0.00}"), currency = "USD" } }
            : new { months = story.Months };
        if (story.Act != Act.BoughtTwiceAtOnce)
            return await scene.BuyAsync(Account, order);
        // The same wish sent several times is one invoice, or none where the provider could not be asked.
        var made = await Task.WhenAll(Enumerable.Range(0, 3).Select(_ => AskAsync(order, $"buy-{number}")));
        Assert.True(made.OfType<Purchase>().Select(m => m.Id).Distinct().Count() <= 1, "one wish became several invoices");
        return made.OfType<Purchase>().FirstOrDefault();
    }

    /// <summary>The call that is being answered already may be refused as a repetition; then there is nothing to see yet.</summary>
    private async Task<Purchase?> AskAsync(object order, string key) => await scene.BuyAsync(Account, order, key);

    private async IAsyncEnumerable<TimeSpan> PayAsync(Purchase invoice)
    {
        var late = TillExpired + TimeSpan.FromMinutes(story.Size * 30);
        switch (story.Act)
        {
            case Act.Exact or Act.Deposit or Act.BoughtTwiceAtOnce:
                Pay(invoice, invoice.DueSats);
                break;
            case Act.ExactLater:
                yield return TimeSpan.FromMinutes(story.Size % 60);
                Pay(invoice, invoice.DueSats);
                break;
            case Act.PartThenRest or Act.DepositInParts:
                Chain(invoice, Part(invoice));
                yield return TimeSpan.FromMinutes(story.Size % 70); // sometimes too late
                Chain(invoice, invoice.DueSats - Part(invoice));
                break;
            case Act.PartThenLightning:
                Chain(invoice, Part(invoice));
                yield return Moment;
                if (!scene.IsProviderDown && (await scene.AgainAsync(invoice)).Lightning is { } rest)
                    Side.PayLightning(rest);
                break;
            case Act.Parts:
                for (var part = 0; part < 4; part++)
                {
                    Chain(invoice, Math.Max(1, invoice.DueSats / 4) + 1);
                    yield return TimeSpan.FromMinutes(1 + (story.Size % 30));
                }
                break;
            case Act.PartOnly:
                Chain(invoice, Part(invoice));
                break;
            case Act.Over:
                Chain(invoice, invoice.DueSats + 1 + (story.Size * invoice.DueSats / 20));
                break;
            case Act.Twice:
                Pay(invoice, invoice.DueSats);
                yield return TimeSpan.FromHours(1 + story.Size);
                Chain(invoice, invoice.DueSats);
                break;
            case Act.Late:
                yield return late;
                Chain(invoice, invoice.DueSats);
                break;
            case Act.PartThenLate:
                Chain(invoice, Part(invoice));
                yield return late;
                Chain(invoice, invoice.DueSats - Part(invoice));
                break;
            case Act.LatePart:
                yield return late;
                Chain(invoice, Part(invoice));
                break;
            case Act.AfterMonitoring:
                yield return TimeSpan.FromDays(7.5 + (story.Size / 10.0));
                Chain(invoice, invoice.DueSats);
                break;
            case Act.MarkSettled:
                Mark(invoice, settled: true);
                break;
            case Act.PartThenMarkSettled:
                Chain(invoice, Part(invoice));
                yield return TimeSpan.FromHours(3);
                Mark(invoice, settled: true);
                break;
            case Act.MarkInvalid:
                Mark(invoice, settled: false);
                break;
            case Act.MarkInvalidThenPay:
                Mark(invoice, settled: false);
                yield return TimeSpan.FromMinutes(story.Size);
                Pay(invoice, invoice.DueSats);
                break;
            default:
                var more = story.Act >= Act.RefundAll && story.Act <= Act.RefundByHand ? RefundAsync(invoice) : FightAsync(invoice);
                await foreach (var wait in more)
                    yield return wait;
                break;
        }
    }

    /// <summary>Payments that the network does not keep.</summary>
    private async IAsyncEnumerable<TimeSpan> FightAsync(Purchase invoice)
    {
        if (invoice.Address is not { } address)
        {
            Pay(invoice, invoice.DueSats);
            yield break;
        }
        var transaction = Side.Pay(address, invoice.DueSats, replaceable: story.Size % 2 == 0);
        switch (story.Act)
        {
            case Act.Bump:
                Side.Replace(transaction, address, invoice.DueSats);
                break;
            case Act.ReplacedAway or Act.ReplacedAwayThenPaid:
                await Side.RestAsync(); // sometimes seen before it goes
                Side.Replace(transaction, null, 0);
                yield return Moment;
                if (story.Act == Act.ReplacedAwayThenPaid)
                    Pay(invoice, invoice.DueSats);
                break;
            case Act.DoubleSpent or Act.DoubleSpentThenPaid:
                await Side.RestAsync();
                Side.MineConflict(transaction);
                yield return Moment;
                if (story.Act == Act.DoubleSpentThenPaid)
                    Pay(invoice, invoice.DueSats);
                break;
            case Act.ReorganisedAway:
                Side.Mine();
                if (Side.Payments().Any(p => p.Id == transaction + "-0" && p.Settled))
                    scene.Undone.Add(transaction + "-0");
                if (story.Size % 3 != 0)
                    await (Side.KeepsUndonePayments ? Side.RestAsync() : scene.ReconcileAsync()); // most are booked before they go
                Side.ReorganiseAway(transaction);
                break;
            case Act.ReorganisedThenSentAgain:
                Side.Mine();
                if (story.Size % 2 == 0)
                    await scene.ReconcileAsync(); // booked, taken back, booked again
                Side.ReorganiseOut(transaction);
                await scene.ReconcileAsync();
                yield return TimeSpan.FromMinutes(16);
                await scene.ReconcileAsync();
                yield return Moment;
                Side.SendAgain(transaction);
                break;
        }
    }

    private async IAsyncEnumerable<TimeSpan> RefundAsync(Purchase invoice)
    {
        Pay(invoice, invoice.DueSats);
        yield return TimeSpan.FromHours(1 + (story.Size * 3));
        Money? amount = story.Act == Act.RefundPart ? new Money((story.Size + 1) * 2_000_000L, "USD") : null;
        var refunds = scene.Get<RefundService>();
        var request = new RefundRequest($"refund-{number}", "as the buyer asked", amount, story.Act == Act.RefundByHand);
        for (var call = 0; call < 3; call++) // an operator who clicks again
        {
            var outcome = await refunds.RefundAsync(invoice.Id, request, scene.Now, CancellationToken.None);
            Assert.True(outcome is RefundOutcome.Known or RefundOutcome.NothingLeft, $"{outcome}");
        }
        if (story.Act != Act.RefundWithdrawn)
            yield break;
        yield return TimeSpan.FromHours(1);
        await refunds.RunAsync(scene.Now, CancellationToken.None);
        if (await refunds.FindAsync(request.Operation, CancellationToken.None) is { State: Storage.RefundState.Open, ClaimUrl: { } url })
            scene.Side.Trouble.Count("refund withdrawn", Side.WithdrawRefunds([url[(url.LastIndexOf('/') + 1)..]]));
    }

    private void Pay(Purchase invoice, long sats)
    {
        if (invoice.Lightning is { } bolt11 && (story.Lightning || invoice.Address is null))
        {
            if (!scene.IsProviderDown) // the merchant's node is down with it
                Side.PayLightning(bolt11);
        }
        else
            Chain(invoice, sats);
    }

    private void Chain(Purchase invoice, long sats)
    {
        if (invoice.Address is { } address && sats > 0)
            Side.Pay(address, sats, replaceable: story.Size % 4 == 0);
        else if (invoice.Lightning is { } bolt11 && !scene.IsProviderDown)
            Side.PayLightning(bolt11);
    }

    private void Mark(Purchase invoice, bool settled)
    {
        if (!scene.IsProviderDown && Side.Mark(invoice.ProviderId, settled) && settled)
            scene.Marked.Add(invoice.Id);
    }

    private long Part(Purchase invoice) => Math.Max(1, invoice.DueSats * (1 + (story.Size % 98)) / 100);
}
