using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Payments;

/// <summary>
/// Where BTCPay delivers. A delivery is a hint which invoice to read, so it is noted and answered at once. BTCPay never repeats what got a 4xx:
/// whatever is signed with our secret is 200, known to us or not.
/// </summary>
public static class WebhookCalls
{
    private const string Signature = "BTCPay-Sig";

    private static readonly TimeSpan Busy = TimeSpan.FromSeconds(10);

    public static void MapWebhooks(this IEndpointRouteBuilder app) =>
        app.MapPost(BtcPayInspection.WebhookPath, DeliverAsync).IsUnlimited().WithTags("Operations").Refuses(401, 404, 413, 503)
            .WithName("deliverBtcPay").WithSummary("Deliveries of BTCPay Server, signed in BTCPay-Sig.");

    private static async Task<Results<Ok, Problem>> DeliverAsync(
        HttpContext context, IOptions<BtcPayOptions> options, WebhookInbox inbox, ILogger<WebhookInbox> log, CancellationToken ct)
    {
        if (!options.Value.IsSet)
            return Problem.NotFound("This server is not paid through BTCPay Server.");
        // Kestrel's limit on small bodies holds here too; the signature covers the bytes as they came.
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body, ct);
        var bytes = body.GetBuffer().AsMemory(0, (int)body.Length);
        if (!WebhookDelivery.IsGenuine(bytes.Span, context.Request.Headers[Signature], options.Value.WebhookSecret))
        {
            log.LogWarning("A delivery for BTCPay's webhook came with a wrong signature, from {Address}", context.Connection.RemoteIpAddress);
            return Problem.Unauthorized($"The signature in {Signature} does not fit the body and {BtcPayOptions.Section}:WebhookSecret.");
        }
        if (WebhookDelivery.InvoiceOf(bytes.Span, options.Value.StoreId) is not { } invoice)
            return TypedResults.Ok();
        return inbox.Note(invoice) == WebhookNote.Full
            ? Problem.Unavailable("Too many invoices wait to be read. Deliver again later.", Busy)
            : TypedResults.Ok();
    }
}
