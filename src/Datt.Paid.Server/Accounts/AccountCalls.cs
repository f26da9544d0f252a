using Datt.Paid.Accounts;
using Datt.Paid.Payments;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Accounts;

/// <summary>Calls about an account.</summary>
public static class AccountCalls
{
    public static void MapAccounts(this IEndpointRouteBuilder app)
    {
        app.MapPost("/api/v1/accounts", CreateAsync).WithTags("Accounts").Refuses(400, 429).WithName("createAccount")
            .WithSummary("Opens an account; its key is shown once.");
        var account = app.MapGroup("/api/v1/account").WithTags("Accounts").Needs(Scopes.Account);
        account.MapGet("", ShowAsync).WithName("getAccount").WithSummary("The caller's account, subscription and balance.");
        account.MapPatch("", ChangeAsync).Refuses(400).WithName("changeAccount").WithSummary("Where notices go.");
    }

    /// <summary>The account as its owner sees it.</summary>
    internal static async Task<AccountAnswer> DescribeAsync(
        string accountId, AccountService accounts, Balances balances, EntitlementTable entitlements, LimitSettings limits, DateTimeOffset now,
        CancellationToken ct)
    {
        var row = await accounts.FindAsync(accountId, ct) ?? throw new InvalidOperationException("The account of a valid key is missing.");
        var (state, paidUntil) = entitlements.StateOf(accountId, now);
        var (used, perDay) = entitlements.Trial(accountId, now);
        return new AccountAnswer(
            row.Id, row.Name, row.Email, row.NoticeUrl, row.CreatedAt,
            new SubscriptionAnswer(state.ToString().ToLowerInvariant(), paidUntil, row.AutoRenew),
            MoneyAnswer.Balance(await balances.OfAsync(accountId, ct)), new QuotaAnswer(perDay, used, limits.RequestsPerSecond));
    }

    private static async Task<Results<Created<NewAccountAnswer>, Problem>> CreateAsync(
        AccountRequest? request, HttpContext context, AccountService accounts, RequestLimits limits, TimeProvider time, CancellationToken ct)
    {
        var asked = new NewAccount(request?.Name, request?.Email, request?.Password);
        if (!limits.TryNewAccount(ClientAddress.Of(context.Connection.RemoteIpAddress), out var retryAfter))
            return Problem.QuotaExceeded("Too many new accounts from this address. One account is enough for many nodes and keys.", retryAfter);
        return await accounts.CreateAsync(asked, time.GetUtcNow(), ct) switch
        {
            AccountOutcome.Created created =>
                TypedResults.Created("/api/v1/account", new NewAccountAnswer(created.AccountId, created.ApiKey)),
            var refused => Refusal(refused),
        };
    }

    private static async Task<Ok<AccountAnswer>> ShowAsync(
        HttpContext context, AccountService accounts, Balances balances, EntitlementTable entitlements, IOptions<LimitSettings> limits,
        TimeProvider time, CancellationToken ct) =>
        TypedResults.Ok(await DescribeAsync(context.Caller().AccountId, accounts, balances, entitlements, limits.Value, time.GetUtcNow(), ct));

    private static async Task<Results<Ok<AccountAnswer>, Problem>> ChangeAsync(
        AccountChangeRequest change, HttpContext context, AccountService accounts, Balances balances, EntitlementTable entitlements,
        IOptions<LimitSettings> limits, TimeProvider time, CancellationToken ct)
    {
        var account = context.Caller().AccountId;
        if (await accounts.PatchAsync(account, change.ToPatch(), ct) is var outcome and not AccountOutcome.Changed)
            return Refusal(outcome);
        return TypedResults.Ok(await DescribeAsync(account, accounts, balances, entitlements, limits.Value, time.GetUtcNow(), ct));
    }

    private static Problem Refusal(AccountOutcome outcome) => outcome switch
    {
        AccountOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Reason),
        AccountOutcome.EmailTaken => Problem.Invalid("email", "Another account has this e-mail address."),
        AccountOutcome.NotFound => Problem.NotFound("There is no such account."),
        _ => throw new InvalidOperationException($"{outcome.GetType().Name} is no refusal."),
    };
}
