using System.Globalization;
using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Idempotency;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Operators;

/// <param name="Reason">Why, for the books.</param>
/// <param name="Amount">At most this much, as a decimal string in the invoice's currency; all that is left where left out.</param>
/// <param name="ByHand">The operator pays it without the provider.</param>
public sealed record NewRefundRequest(string? Reason, string? Amount, bool? ByHand);

/// <param name="Made">Whether the provider made the refund.</param>
/// <param name="ProviderId">Its id there.</param>
public sealed record RefundDecision(bool? Made, string? ProviderId);

/// <summary>A refund as an operator sees it.</summary>
public sealed record RefundAnswer(
    string Id, string InvoiceId, string AccountId, MoneyAnswer Amount, string State, string Reason, string? Detail, string? ClaimUrl, DateTimeOffset At)
{
    public static RefundAnswer Of(RefundView view) => new(
        view.Id, view.InvoiceId, view.AccountId, MoneyAnswer.Price(view.Amount), JsonNamingPolicy.CamelCase.ConvertName(view.State.ToString()),
        view.Reason, view.Detail, view.ClaimUrl, view.At);
}

public sealed record RefundsAnswer(IReadOnlyList<RefundAnswer> Refunds, string? Next);

/// <summary>Calls by which operators give money back.</summary>
public static class RefundCalls
{
    private const int Shown = 1000;

    public static void MapRefunds(this IEndpointRouteBuilder app)
    {
        var admin = app.MapGroup("/api/v1/admin").WithTags("Operators").Needs(Scopes.Operator);
        admin.MapPost("/invoices/{id}/refund", RefundAsync).Refuses(400, 404).WithName("refundInvoice")
            .WithSummary("Takes the unused period back and returns what was paid for it, once for each Idempotency-Key.");
        admin.MapGet("/refunds", ListAsync).WithName("listRefunds").WithSummary("The newest refunds.");
        admin.MapGet("/refunds/{id}", ShowAsync).Refuses(404).WithName("getRefund").WithSummary("One refund.");
        admin.MapPost("/refunds/{id}/resolve", ResolveAsync).Refuses(400, 404).WithName("resolveRefund")
            .WithSummary("Says whether the provider made a refund whose answer was lost.");
    }

    private static async Task<Results<Ok<RefundAnswer>, Problem>> RefundAsync(
        string id, NewRefundRequest request, HttpContext context, RefundService refunds, InvoiceService invoices, TimeProvider time, CancellationToken ct)
    {
        if (request.Reason is not { } reason)
            return Problem.Invalid("reason", "Say why the money goes back.");
        if (await invoices.CurrencyOfAsync(id, ct) is not { } currency)
            return Problem.NotFound("There is no such invoice.");
        Money? amount = null;
        if (request.Amount is { } text)
        {
            if (!decimal.TryParse(text, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var number) || number is <= 0 or > 1_000_000_000)
                return Problem.Invalid("amount", "amount must be a decimal string above 0, like \"0.25\".");
            amount = Money.Of(number, currency);
        }
        var now = time.GetUtcNow();
        // Without a key of the caller's every call is an operation of its own.
        var operation = IdempotencyMiddleware.OperationOf(context, now) is { } named ? Short(named + id) : RandomId.New("ref");
        return Answer(await refunds.RefundAsync(id, new RefundRequest(operation, reason, amount, request.ByHand ?? false), now, ct));
    }

    private static async Task<Ok<RefundsAnswer>> ListAsync(RefundService refunds, CancellationToken ct) =>
        TypedResults.Ok(new RefundsAnswer((await refunds.ListAsync(null, Shown, ct)).ConvertAll(RefundAnswer.Of), null));

    private static async Task<Results<Ok<RefundAnswer>, Problem>> ShowAsync(string id, RefundService refunds, CancellationToken ct) =>
        await refunds.FindAsync(id, ct) is { } found ? TypedResults.Ok(RefundAnswer.Of(found)) : Problem.NotFound("There is no such refund.");

    private static async Task<Results<Ok<RefundAnswer>, Problem>> ResolveAsync(
        string id, RefundDecision decision, RefundService refunds, TimeProvider time, CancellationToken ct)
    {
        if (decision.Made is not { } made)
            return Problem.Invalid("made", "made must be true or false.");
        if (made && decision.ProviderId is not { Length: > 0 and <= 200 })
            return Problem.Invalid("providerId", "Give the id that the provider gave the refund.");
        return Answer(await refunds.ResolveAsync(id, made ? decision.ProviderId : null, time.GetUtcNow(), ct));
    }

    private static Results<Ok<RefundAnswer>, Problem> Answer(RefundOutcome outcome) => outcome switch
    {
        RefundOutcome.Known known => TypedResults.Ok(RefundAnswer.Of(known.Refund)),
        RefundOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Reason),
        RefundOutcome.NothingLeft nothing => Problem.Invalid("invoice", nothing.Reason),
        _ => Problem.NotFound("There is no such invoice or refund."),
    };

    private static string Short(string operation) =>
        "ref_" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(System.Text.Encoding.UTF8.GetBytes(operation)))[..40];
}
