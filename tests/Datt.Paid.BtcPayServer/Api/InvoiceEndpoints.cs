using System.Globalization;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>Invoices: create, list, read, mark, change, archive.</summary>
internal sealed class InvoiceEndpoints(Greenfield api)
{
    private readonly ServerState _state = api.State;

    public void Map()
    {
        api.Map("POST", "/stores/{storeId}/invoices", Policies.CreateInvoice, CreateAsync);
        api.Map("GET", "/stores/{storeId}/invoices", Policies.ViewInvoices, List);
        api.MapBoth("GET", "/invoices/{invoiceId}", Policies.ViewInvoices, call => Shown(call, call.Asks("includePaymentMethods")));
        api.MapBoth("GET", "/invoices/{invoiceId}/payment-methods", Policies.ViewInvoices, Methods);
        api.MapBoth("POST", "/invoices/{invoiceId}/status", Policies.ModifyInvoices, Mark);
        api.MapBoth("PUT", "/invoices/{invoiceId}", Policies.ModifyInvoices, Change);
        api.MapBoth("DELETE", "/invoices/{invoiceId}", Policies.ModifyInvoices, call => Archive(call, true, withBody: false));
        api.MapBoth("POST", "/invoices/{invoiceId}/unarchive", Policies.ModifyInvoices, call => Archive(call, false, withBody: true));
    }

    private async Task<Answer> CreateAsync(Call call)
    {
        var (request, problems) = InvoiceRequest.Read(call.Body);
        if (problems.Count > 0)
            return Answer.Invalid(problems);
        var (invoice, refusal) = await _state.Factory.CreateAsync(call.Store, request, call.Request.HttpContext.RequestAborted);
        if (invoice is null)
            return Answer.Refused("generic-error", refusal!);
        lock (_state.Watcher.Gate)
        {
            var answer = Answer.Ok(InvoiceJson.Write(invoice, call.Url, invoice.Metadata));
            _state.Watcher.Add(invoice);
            return answer;
        }
    }

    private Answer List(Call call)
    {
        lock (_state.Watcher.Gate)
        {
            var orderIds = call.QueryAll("orderId").ToHashSet();
            var statuses = call.QueryAll("status").Select(Status).OfType<InvoiceStatus>().ToHashSet();
            var archived = call.Asks("includeArchived");
            var found = call.Store.Invoices.Values
                .Where(invoice => archived || !invoice.Archived)
                .Where(invoice => orderIds.Count == 0 || orderIds.Contains(invoice.OrderId ?? ""))
                .Where(invoice => statuses.Count == 0 || statuses.Contains(invoice.Status))
                .Where(invoice => Number(call, "startDate") is not { } from || invoice.Created.ToUnixTimeSeconds() >= from)
                .Where(invoice => Number(call, "endDate") is not { } to || invoice.Created.ToUnixTimeSeconds() <= to)
                .Where(invoice => call.Query("textSearch") is not { Length: > 0 } text || Matches(invoice, text))
                .OrderByDescending(invoice => invoice.Created).ThenByDescending(invoice => invoice.Number)
                .Skip((int)(Number(call, "skip") ?? 0)).Take((int)(Number(call, "take") ?? int.MaxValue));
            var withMethods = call.Asks("includePaymentMethods");
            return Answer.Ok(new JsonArray([.. found.Select(invoice => InvoiceJson.Write(invoice, call.Url, withMethods: withMethods))]));
        }
    }

    private Answer Methods(Call call)
    {
        if (call.Asks("includeSensitive") && !call.Key!.Allows(Policies.ModifyStoreSettings, call.Store.Id))
            return Answer.Forbidden(Policies.ModifyStoreSettings);
        lock (_state.Watcher.Gate)
            return Answer.Ok(InvoiceJson.WriteMethods(call.Invoice));
    }

    /// <summary>Answers with the state before: the real server reads the invoice before it marks it.</summary>
    private Answer Mark(Call call)
    {
        lock (_state.Watcher.Gate)
        {
            var before = InvoiceJson.Write(call.Invoice, call.Url);
            return Enum.TryParse<InvoiceStatus>(call.Body["status"]?.ToString(), out var status) && _state.Watcher.Mark(call.Invoice, status)
                ? Answer.Ok(before)
                : Answer.Invalid(("Status", "Status can only be marked to invalid or settled within certain conditions."));
        }
    }

    private Answer Change(Call call)
    {
        lock (_state.Watcher.Gate)
        {
            call.Invoice.Metadata = call.Body["metadata"] is JsonObject metadata ? (JsonObject)metadata.DeepClone() : [];
            return Answer.Ok(InvoiceJson.Write(call.Invoice, call.Url));
        }
    }

    private Answer Archive(Call call, bool archived, bool withBody)
    {
        lock (_state.Watcher.Gate)
        {
            call.Invoice.Archived = archived;
            return Answer.Ok(withBody ? InvoiceJson.Write(call.Invoice, call.Url) : null);
        }
    }

    private Answer Shown(Call call, bool withMethods)
    {
        lock (_state.Watcher.Gate)
            return Answer.Ok(InvoiceJson.Write(call.Invoice, call.Url, withMethods: withMethods));
    }

    /// <summary>A status by its name or an old one, in any case; null, which filters nothing, for others.</summary>
    private static InvoiceStatus? Status(string text) => text.ToUpperInvariant() switch
    {
        "NEW" => InvoiceStatus.New,
        "PAID" or "PROCESSING" => InvoiceStatus.Processing,
        "COMPLETE" or "CONFIRMED" or "SETTLED" => InvoiceStatus.Settled,
        "EXPIRED" => InvoiceStatus.Expired,
        "INVALID" => InvoiceStatus.Invalid,
        _ => null,
    };

    private static long? Number(Call call, string name) =>
        long.TryParse(call.Query(name), NumberStyles.Integer, CultureInfo.InvariantCulture, out var number) ? number : null;

    private static bool Matches(Invoice invoice, string text) =>
        invoice.Id == text || invoice.OrderId == text || invoice.SearchTerms.Contains(text)
        || invoice.Methods.Any(method => method.Destination == text)
        || invoice.Payments.Any(payment => payment.Id == text || payment.TransactionId == text);
}
