using System.Globalization;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Refunds;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>Refunds, the pull payments they make, and claims. Nothing guards against refunding twice, as in BTCPay.</summary>
internal sealed class RefundEndpoints(Greenfield api)
{
    private readonly ServerState _state = api.State;

    public void Map()
    {
        const string create = Policies.CreateNonApprovedPullPayments;
        api.MapBoth("POST", "/invoices/{invoiceId}/refund", create, Refund);
        api.MapBoth("GET", "/invoices/{invoiceId}/refund/{paymentMethodId}", create, Offer);
        api.Map("GET", "/stores/{storeId}/pull-payments", Policies.ViewPullPayments, call => Locked(() => Answer.Ok(new JsonArray(
            [.. call.Store.PullPayments.Values.Where(p => !p.Archived || call.Asks("includeArchived")).Select(p => p.ToJson(call.Url))]))));
        api.Map("GET", "/stores/{storeId}/payouts", Policies.ViewPayouts, call => Locked(() => Answer.Ok(new JsonArray(
            [.. call.Store.PullPayments.Values.SelectMany(p => p.Payouts).Select(payout => payout.ToJson())]))));
        api.Map("GET", "/pull-payments/{id}", null, call => Found(call, pull => Answer.Ok(pull.ToJson(call.Url))));
        api.Map("DELETE", "/pull-payments/{id}", "", Archive);
        api.Map("GET", "/pull-payments/{id}/payouts", null, call => Found(call, pull =>
            Answer.Ok(new JsonArray([.. pull.Payouts.Select(payout => payout.ToJson())]))));
        api.Map("POST", "/pull-payments/{id}/payouts", null, call => Found(call, pull => Claim(call, pull)));
        api.Map("POST", "/payouts/{id}", "", call => Payout(call, "AwaitingApproval", "AwaitingPayment", "PayoutApproved"));
        api.Map("POST", "/payouts/{id}/mark-paid", "", call => Payout(call, "AwaitingPayment", "Completed", "PayoutUpdated"));
    }

    private Answer Refund(Call call) => Locked(() =>
    {
        var (amount, problem) = RefundAmount.Of(call.Invoice, call.Body);
        if (call.Invoice.Status is not InvoiceStatus.Settled and not InvoiceStatus.Invalid)
            return Answer.Refused("non-refundable", "Cannot refund this invoice");
        if (problem is { } wrong)
            return Answer.Invalid(wrong);
        var pull = new PullPayment
        {
            Store = call.Store,
            Name = call.Body["name"]?.ToString() is { Length: > 0 } name ? name : $"Refund {call.Invoice.Id}",
            Currency = amount!.Currency,
            Amount = amount.Amount,
            AutoApprove = amount.Currency == "BTC" && call.Key!.Allows(Policies.CreatePullPayments, call.Store.Id),
            StartsAt = _state.Clock.GetUtcNow(),
        };
        call.Store.PullPayments.Add(pull.Id, pull);
        _state.Sender.Send(call.Invoice, InvoiceEvent.Of("InvoiceRefund", ("pullPaymentId", pull.Id)));
        return Answer.Ok(pull.ToJson(call.Url));
    });

    private Answer Offer(Call call) => Locked(() =>
    {
        var invoice = call.Invoice;
        if (invoice.Methods.Find(method => method.Id == call.Route("paymentMethodId")) is null)
            return Answer.NotFound("payment-method-not-found", "The payment method was not found");
        var paid = invoice.Accounted.Sum(payment => payment.Sats) / 100_000_000m;
        var worth = Math.Round(paid * invoice.Rate, Amounts.Decimals(invoice.Currency), MidpointRounding.AwayFromZero);
        return Answer.Ok(new JsonObject
        {
            ["paymentAmountNow"] = Math.Round(worth / (invoice.Store.RateOf(invoice.Currency) ?? invoice.Rate), 8),
            ["currentRateText"] = null,
            ["paymentAmountThen"] = paid,
            ["invoiceAmount"] = worth,
            ["overpaidPaymentAmount"] = invoice.IsOverPaid ? (invoice.NetPaidSats - invoice.TotalSats) / 100_000_000m : null,
            ["invoiceCurrency"] = invoice.Currency,
            ["paymentCurrency"] = "BTC",
            ["paymentCurrencyDivisibility"] = 8,
            ["invoiceCurrencyDivisibility"] = Amounts.Decimals(invoice.Currency),
        });
    });

    private Answer Archive(Call call) => Locked(() =>
    {
        if (Find(call.Route("id")) is not { } pull || !call.Key!.Allows(Policies.ArchivePullPayments, pull.Store.Id))
            return Answer.Forbidden(Policies.ArchivePullPayments);
        pull.Archived = true;
        return Answer.Ok();
    });

    private Answer Claim(Call call, PullPayment pull)
    {
        var destination = call.Body["destination"]?.ToString() ?? "";
        if (!destination.StartsWith("bcrt1", StringComparison.Ordinal) && !destination.StartsWith("lnbcrt", StringComparison.Ordinal))
            return Answer.Invalid(("Destination", "A valid address was not provided"));
        var left = pull.Amount - pull.Claimed;
        var amount = decimal.TryParse(call.Body["amount"]?.ToString(), NumberStyles.Float, CultureInfo.InvariantCulture, out var asked) ? asked : left;
        if (pull.Archived)
            return Answer.Refused("archived", "The pull payment has been archived");
        if (amount > left || amount <= 0)
            return Answer.Refused("overdraft", "The payout amount overdraft the pull payment's limit");
        var payout = new Payout
        {
            PullPayment = pull,
            Destination = destination,
            Method = call.Body["payoutMethodId"]?.ToString() ?? InvoiceMethod.Chain,
            Amount = amount,
            Date = _state.Clock.GetUtcNow(),
            State = "AwaitingApproval",
        };
        pull.Payouts.Add(payout);
        Tell(payout, "PayoutCreated");
        if (pull.AutoApprove)
        {
            payout.State = "AwaitingPayment";
            Tell(payout, "PayoutApproved");
        }
        return Answer.Ok(payout.ToJson());
    }

    private Answer Payout(Call call, string from, string to, string type) => Locked(() =>
    {
        var payout = _state.Stores.Values.SelectMany(s => s.PullPayments.Values).SelectMany(p => p.Payouts).FirstOrDefault(p => p.Id == call.Route("id"));
        if (payout is null || !call.Key!.Allows(Policies.ManagePayouts, payout.PullPayment.Store.Id))
            return Answer.Forbidden(Policies.ManagePayouts);
        if (payout.State != from)
            return Answer.Refused("invalid-state", "The payout is not in a state that can be approved");
        payout.State = to;
        Tell(payout, type);
        return Answer.Ok(to == "Completed" ? null : payout.ToJson());
    });

    private void Tell(Payout payout, string type) => _state.Sender.Send(payout.PullPayment.Store, type, json =>
    {
        json["payoutId"] = payout.Id;
        json["pullPaymentId"] = payout.PullPayment.Id;
        json["payoutState"] = payout.State;
    });

    private PullPayment? Find(string id) =>
        _state.Stores.Values.Select(store => store.PullPayments.GetValueOrDefault(id)).FirstOrDefault(pull => pull is not null);

    private Answer Found(Call call, Func<PullPayment, Answer> handle) => Locked(() => Find(call.Route("id")) is { } pull
        ? handle(pull)
        : Answer.NotFound("pullpayment-not-found", "The pull payment was not found"));

    private Answer Locked(Func<Answer> handle)
    {
        lock (_state.Watcher.Gate)
            return handle();
    }
}
