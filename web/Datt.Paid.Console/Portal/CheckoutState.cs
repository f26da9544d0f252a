using System.Globalization;
using Datt.Paid.Payments;
using Datt.Paid.Subscriptions;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Routing;

namespace Datt.Paid.Pages.Portal;

/// <summary>What the payment page asks for every few seconds: whether something changed since it was drawn.</summary>
internal static class CheckoutState
{
    /// <summary>Another text after each change that the page would show.</summary>
    public static string MarkOf(InvoiceView invoice) => string.Create(
        CultureInfo.InvariantCulture, $"{invoice.Status}-{invoice.Detail}-{invoice.PaidSats}-{invoice.DueSats}-{(invoice.Lightning is null ? 0 : 1)}{(invoice.Address is null ? 0 : 1)}");

    public static IEndpointConventionBuilder Map(IEndpointRouteBuilder app) => app.MapGet("/checkout/{id}/state", AnswerAsync).RequireAuthorization().ExcludeFromDescription();

    private static async Task<Results<ContentHttpResult, NotFound>> AnswerAsync(string id, HttpContext context, InvoiceService invoices, EntitlementTable entitlements, CancellationToken ct)
    {
        context.Response.Headers.CacheControl = "no-store";
        if (id.Length > 64 || await invoices.FindAsync(Visitor.AccountOf(context)!, id, ct) is not { } invoice)
            return TypedResults.NotFound();
        if (invoice.Status == Storage.InvoiceStatus.Settled)
            await entitlements.CatchUpAsync(ct);
        return TypedResults.Text(MarkOf(invoice));
    }
}
