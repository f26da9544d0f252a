using System.Globalization;
using Datt.Paid.Accounts;
using Datt.Paid.Payments;
using Datt.Paid.Payments.Sandbox;
using Datt.Paid.Pricing;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Accounts;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Idempotency;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Subscriptions;

/// <summary>Calls about buying and renewing.</summary>
public static class SubscriptionCalls
{
    private const int DefaultLimit = 50;
    private const int MaxLimit = 200;

    private static readonly TimeSpan PaymentsRetry = TimeSpan.FromSeconds(30);

    public static void MapSubscription(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/subscription/quote", QuoteAsync).WithTags("Subscription").Refuses(400, 503).WithName("getQuote")
            .WithSummary("What months cost now and how they can be paid.");
        var subscription = app.MapGroup("/api/v1/subscription").WithTags("Subscription").Needs(Scopes.Account);
        subscription.MapPatch("", RenewAsync).Refuses(400).WithName("setAutoRenew").WithSummary("Renewal from the prepaid balance on or off.");
        subscription.MapPost("/invoices", CreateAsync).Refuses(400, 429, 503).WithName("createInvoice")
            .WithSummary("An invoice for months, or for a deposit into the balance.");
        subscription.MapGet("/invoices", ListAsync).Refuses(400).WithName("listInvoices").WithSummary("The account's invoices, newest first.");
        subscription.MapGet("/invoices/{id}", ShowAsync).Refuses(404).WithName("getInvoice").WithSummary("One of the account's invoices.");
        app.MapPost("/api/v1/sandbox/invoices/{id}/pay", PayAsync).WithTags("Subscription").Needs(Scopes.Account).Refuses(400, 404)
            .WithName("paySandboxInvoice").WithSummary("Pays an invoice of the sandbox; there is no such call with a real provider.");
    }

    private static async Task<Results<Ok<QuoteAnswer>, Problem>> QuoteAsync(string? months, Quotes quotes, TimeProvider time, CancellationToken ct)
    {
        var count = 1;
        if (months is not null && !int.TryParse(months, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out count))
            return Problem.Invalid("months", "months must be a whole number from 1 to 24.");
        try
        {
            return await quotes.QuoteAsync(count, time.GetUtcNow(), ct) switch
            {
                QuoteOutcome.Quoted quoted => TypedResults.Ok(QuoteAnswer.Of(quoted.Quote)),
                QuoteOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Reason),
                _ => throw new InvalidOperationException("Unknown outcome of a quote."),
            };
        }
        catch (ProviderUnavailableException)
        {
            return PaymentsUnavailable("The payment side cannot be reached now.");
        }
    }

    private static async Task<Results<Created<InvoiceAnswer>, Problem>> CreateAsync(
        NewInvoiceRequest request, HttpContext context, InvoiceService invoices, TimeProvider time, CancellationToken ct)
    {
        if (request.Months is null == (request.Deposit is null))
            return Problem.Invalid("months", "Give either months (1 to 24) or deposit {amount, currency}.");
        Money? deposit = null;
        if (request.Deposit is { } asked && !TryRead(asked, out deposit))
            return Problem.Invalid("deposit", "deposit must be like {\"amount\":\"5.00\",\"currency\":\"USD\"}, the amount a decimal string.");
        try
        {
            var now = time.GetUtcNow();
            var order = new InvoiceRequest(request.Months, deposit);
            return await invoices.CreateAsync(context.Caller().AccountId, order, now, ct, IdempotencyMiddleware.OperationOf(context, now)) switch
            {
                InvoiceOutcome.Created made =>
                    TypedResults.Created($"/api/v1/subscription/invoices/{made.Invoice.Id}", InvoiceAnswer.Of(made.Invoice)),
                InvoiceOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Reason),
                InvoiceOutcome.TooManyOpen many => Problem.QuotaExceeded(
                    $"An account has at most {many.Maximum} open invoices. Pay one, or wait until one expires.", TimeSpan.FromMinutes(5)),
                InvoiceOutcome.Unavailable down => PaymentsUnavailable(down.Reason),
                _ => Problem.NotFound("There is no such account."),
            };
        }
        catch (ProviderUnavailableException)
        {
            return PaymentsUnavailable("The payment side cannot be reached now.");
        }
    }

    private static async Task<Results<Ok<InvoicesAnswer>, Problem>> ListAsync(
        string? cursor, string? limit, HttpContext context, InvoiceService invoices, EntitlementTable entitlements, CancellationToken ct)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, MaxLimit, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
        {
            return problem;
        }
        var (page, next) = await invoices.ListAsync(context.Caller().AccountId, after, count, ct);
        await entitlements.CatchUpAsync(ct);
        return TypedResults.Ok(new InvoicesAnswer([.. page.Select(InvoiceAnswer.Of)], Paging.Cursor(next)));
    }

    private static async Task<Results<Ok<InvoiceAnswer>, Problem>> ShowAsync(
        string id, HttpContext context, InvoiceService invoices, EntitlementTable entitlements, CancellationToken ct)
    {
        if (await invoices.FindAsync(context.Caller().AccountId, id, ct) is not { } found)
            return Problem.NotFound("This account has no such invoice.");
        // Who reads that an invoice is settled may search from that moment on: the commit may be a moment ahead of the table.
        if (found.Status == InvoiceStatus.Settled)
            await entitlements.CatchUpAsync(ct);
        return TypedResults.Ok(InvoiceAnswer.Of(found));
    }

    private static async Task<Results<Ok<AccountAnswer>, Problem>> RenewAsync(
        RenewalRequest request, HttpContext context, AccountService accounts, Balances balances, EntitlementTable entitlements,
        IOptions<LimitSettings> limits, TimeProvider time, CancellationToken ct)
    {
        if (request.AutoRenew is not { } autoRenew)
            return Problem.Invalid("autoRenew", "autoRenew must be true or false.");
        var account = context.Caller().AccountId;
        await accounts.SetAutoRenewAsync(account, autoRenew, ct);
        return TypedResults.Ok(await AccountCalls.DescribeAsync(account, accounts, balances, entitlements, limits.Value, time.GetUtcNow(), ct));
    }

    private static async Task<Results<Ok<InvoiceAnswer>, Problem>> PayAsync(
        string id, SandboxPayment? payment, HttpContext context, SandboxTill till, TimeProvider time, CancellationToken ct) =>
        await till.PayAsync(context.Caller().AccountId, id, payment?.AmountSats, time.GetUtcNow(), ct) switch
        {
            SandboxPayOutcome.Paid paid => TypedResults.Ok(InvoiceAnswer.Of(paid.Invoice)),
            SandboxPayOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Reason),
            _ => Problem.NotFound("This account has no such invoice, or this server takes real money."),
        };

    private static bool TryRead(DepositRequest asked, out Money? money)
    {
        money = null;
        if (asked.Currency is not { Length: > 0 and <= 8 } currency
            || !decimal.TryParse(asked.Amount, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var amount)
            || amount is <= 0 or > 1_000_000_000)
        {
            return false;
        }
        money = Money.Of(amount, currency);
        return true;
    }

    private static Problem PaymentsUnavailable(string detail) =>
        new(StatusCodes.Status503ServiceUnavailable, ProblemCodes.PaymentsUnavailable, detail) { RetryAfter = PaymentsRetry };
}
