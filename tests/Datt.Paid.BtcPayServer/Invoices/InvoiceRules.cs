using System.Text.Json.Nodes;

namespace Datt.Paid.BtcPayServer.Invoices;

/// <param name="Fields">What the event says beside the fields that all have.</param>
internal sealed record InvoiceEvent(string Type, JsonObject Fields)
{
    public static InvoiceEvent Of(string type, params ReadOnlySpan<(string Name, JsonNode? Value)> fields)
    {
        var json = new JsonObject();
        foreach (var (name, value) in fields)
            json[name] = value;
        return new InvoiceEvent(type, json);
    }

    public static InvoiceEvent OfPayment(string type, Payment payment, bool settled) => Of(
        type,
        ("afterExpiration", payment.Invoice.AfterExpiration),
        ("paymentMethodId", payment.Method.Id),
        ("payment", InvoiceJson.WritePayment(payment, settled)));
}

/// <summary>
/// BTCPay's transitions of an invoice, with what is surprising about them: late stays <c>Expired</c>, a payment that vanished leads back to
/// <c>New</c> without an event, nothing leaves <c>Settled</c>, and an invoice that expired is looked at again when a payment comes.
/// </summary>
internal static class InvoiceRules
{
    /// <summary>Brings the status up to date with payments and time.</summary>
    /// <returns>Events to send, in order.</returns>
    public static List<InvoiceEvent> Update(Invoice invoice, DateTimeOffset now)
    {
        var events = new List<InvoiceEvent>();
        if (invoice.Status == InvoiceStatus.New && invoice.Expires <= now)
            Expire(invoice, events);
        if (invoice.Status is InvoiceStatus.New or InvoiceStatus.Expired)
            CountPayments(invoice, events);
        if (invoice.Status == InvoiceStatus.Processing)
            Recount(invoice);
        if (invoice.Status == InvoiceStatus.Processing)
            Confirm(invoice, now, events);
        return events;
    }

    /// <summary>Sets the status by hand; the caller has asked <see cref="Invoice.MayBeMarked"/>.</summary>
    public static InvoiceEvent Mark(Invoice invoice, InvoiceStatus status)
    {
        invoice.Status = status;
        invoice.Detail = InvoiceDetail.Marked;
        return status == InvoiceStatus.Settled
            ? InvoiceEvent.Of("InvoiceSettled", ("manuallyMarked", true), ("overPaid", false))
            : InvoiceEvent.Of("InvoiceInvalid", ("manuallyMarked", true));
    }

    private static void Expire(Invoice invoice, List<InvoiceEvent> events)
    {
        invoice.Status = InvoiceStatus.Expired;
        // A payment that comes in the same moment was not counted yet: the detail speaks of those before.
        var partial = invoice.Detail == InvoiceDetail.PaidPartial;
        events.Add(InvoiceEvent.Of("InvoiceExpired", ("partiallyPaid", partial)));
        if (partial)
            events.Add(InvoiceEvent.Of("InvoiceExpiredPaidPartial"));
    }

    private static void CountPayments(Invoice invoice, List<InvoiceEvent> events)
    {
        var hasPayment = invoice.Accounted.Any();
        var paid = invoice.IsUnsetTopUp ? hasPayment : !invoice.IsUnderPaid;
        if (paid && invoice.Status == InvoiceStatus.New)
        {
            invoice.Status = InvoiceStatus.Processing;
            if (invoice.IsUnsetTopUp)
                invoice.Price = invoice.NetPaidSats / 100_000_000m * invoice.Rate;
            invoice.Detail = invoice.IsOverPaid ? InvoiceDetail.PaidOver : InvoiceDetail.None;
            events.Add(InvoiceEvent.Of("InvoiceProcessing", ("overPaid", invoice.IsOverPaid)));
        }
        else if (paid && invoice.Detail != InvoiceDetail.PaidLate)
        {
            invoice.Detail = InvoiceDetail.PaidLate;
            events.Add(InvoiceEvent.Of("InvoicePaidAfterExpiration"));
        }
        if (hasPayment && invoice.IsUnderPaid)
            invoice.Detail = InvoiceDetail.PaidPartial;
        else if (!hasPayment && invoice.Status == InvoiceStatus.New)
            invoice.Detail = InvoiceDetail.None;
    }

    private static void Recount(Invoice invoice)
    {
        if (invoice.IsUnderPaid)
        {
            invoice.Status = InvoiceStatus.New;
            invoice.Detail = invoice.Accounted.Any() ? InvoiceDetail.PaidPartial : InvoiceDetail.None;
        }
        else
            invoice.Detail = invoice.IsOverPaid ? InvoiceDetail.PaidOver : InvoiceDetail.None;
    }

    private static void Confirm(Invoice invoice, DateTimeOffset now, List<InvoiceEvent> events)
    {
        if (invoice.NetSettledSats >= invoice.MinimumSats)
        {
            invoice.Status = InvoiceStatus.Settled;
            events.Add(InvoiceEvent.Of("InvoiceSettled", ("manuallyMarked", false), ("overPaid", invoice.IsOverPaid)));
        }
        else if (invoice.MonitoredUntil <= now)
        {
            invoice.Status = InvoiceStatus.Invalid;
            events.Add(InvoiceEvent.Of("InvoiceInvalid", ("manuallyMarked", false)));
        }
    }
}
