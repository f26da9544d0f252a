using Datt.Paid.Payments.L402;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace Datt.Paid.Server.Access;

/// <summary>
/// Decides before any handler runs whether a request may go on, always in the order 401, 403, 429, 402, and without the database.
/// </summary>
public sealed class Gate(
    EntitlementTable entitlements, RequestLimits limits, Tariff tariff, PassDoor passes, IOptions<SearchAccessOptions> access, TimeProvider time)
{
    private static readonly AccessRule Open = new(Scopes.None);

    private readonly bool _searchIsFree = access.Value.Access == SearchAccess.Free;

    /// <summary>Null when the request may go on; its caller is then known.</summary>
    public Problem? Check(HttpContext context)
    {
        var rule = context.GetEndpoint()?.Metadata.GetMetadata<AccessRule>() ?? Open;
        if (rule.IsUnlimited)
            return null;
        return rule.Scope == Scopes.None ? CheckRate(ClientAddress.Of(context.Connection.RemoteIpAddress)) : CheckKey(context, rule);
    }

    private Problem? CheckKey(HttpContext context, AccessRule rule)
    {
        if (!TryReadKey(context.Request, rule, out var key))
        {
            return passes.Shows(context.Request, out var credentials)
                ? CheckPass(context, rule, credentials)
                : Problem.Unauthorized("Send the key as 'Authorization: Bearer <api key>'.");
        }
        if (key.IsEmpty)
            return CheckNoKey(context, rule);

        var now = time.GetUtcNow();
        var entitlement = entitlements.Check(key, rule.Scope, now);
        switch (entitlement.Outcome)
        {
            case EntitlementOutcome.UnknownKey:
                return Problem.Unauthorized("This key is unknown or was revoked. POST /api/v1/accounts gives a new account with a key.");
            case EntitlementOutcome.WrongScope:
                return Problem.Forbidden($"This key lacks the scope {rule.Scope.ToString().ToLowerInvariant()}. POST /api/v1/account/keys makes keys with chosen scopes.");
            case EntitlementOutcome.Suspended:
                return Problem.Forbidden("The operator of this server suspended the account.");
        }
        if (CheckRate(ClientAddress.OfKey(entitlement.KeyId!)) is { } tooOften)
            return tooOften;
        if (entitlement.Outcome == EntitlementOutcome.Unpaid)
            return tariff.PaymentRequired("This account has no running subscription. Buy months, then search.");
        if (entitlement.Outcome == EntitlementOutcome.Trial && !entitlements.TryUseTrial(entitlement, now))
            return tariff.PaymentRequired("The trial searches of today are used up. Buy months to go on.");
        context.Features.Set(new Caller(entitlement.AccountId!, entitlement.KeyId!, entitlement.Scopes));
        return null;
    }

    private Problem? CheckPass(HttpContext context, AccessRule rule, ReadOnlySpan<char> credentials)
    {
        if (!passes.TryTake(credentials, out var pass, out var refusal))
            return refusal;
        if (!rule.IsSearch)
            return Problem.Forbidden("A pass opens search alone. POST /api/v1/accounts gives a key for everything else.");
        if (CheckRate(ClientAddress.OfPass(pass.PaymentHash)) is { } tooOften)
            return tooOften;
        context.Features.Set(pass);
        return null;
    }

    private Problem? CheckNoKey(HttpContext context, AccessRule rule)
    {
        if (!rule.IsSearch)
            return Problem.Unauthorized("This call needs an API key: 'Authorization: Bearer <api key>'. POST /api/v1/accounts gives one.");
        return CheckRate(ClientAddress.Of(context.Connection.RemoteIpAddress))
            ?? (_searchIsFree ? null : tariff.PaymentRequired("Searching here needs a key with a running subscription."));
    }

    /// <summary>Whether a stream of the caller may go on: asked again while it lasts, so that a revoked key ends it.</summary>
    public bool MayGoOn(HttpContext context) => context.Features.Get<Pass>() is { } pass
        ? time.GetUtcNow() < pass.ValidUntil
        : context.Features.Get<Caller>() is null
        || (context.GetEndpoint()!.Metadata.GetMetadata<AccessRule>()! is var rule && TryReadKey(context.Request, rule, out var key)
            && entitlements.Check(key, rule.Scope, time.GetUtcNow()).Outcome is EntitlementOutcome.Entitled or EntitlementOutcome.Trial);

    private Problem? CheckRate(UInt128 caller) => limits.TryRequest(caller, out var retryAfter)
        ? null
        : Problem.QuotaExceeded("Too many requests from this key or address. Wait as long as Retry-After says.", retryAfter);

    private static bool TryReadKey(HttpRequest request, AccessRule rule, out ReadOnlySpan<char> key)
    {
        key = default;
        var header = request.Headers[HeaderNames.Authorization];
        if (header.Count > 0)
        {
            const string Bearer = "Bearer ";
            var text = header.Count == 1 ? header[0].AsSpan().Trim() : default;
            if (!text.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
                return false;
            key = text[Bearer.Length..].Trim();
            return !key.IsEmpty;
        }
        if (rule.TakesKeyOfQuery)
            key = KeyOfQuery(request.QueryString);
        return true;
    }

    private static string? KeyOfQuery(QueryString query)
    {
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            if (pair.DecodeName().Span is "key")
                return pair.DecodeValue().ToString();
        }
        return null;
    }
}

/// <summary>Puts the <see cref="Gate"/> in front of every endpoint.</summary>
public sealed class GateMiddleware(RequestDelegate next, Gate gate, PassDoor passes)
{
    public Task InvokeAsync(HttpContext context)
    {
        if (gate.Check(context) is not { } problem)
            return next(context);
        return passes.OffersWith(problem, context) ? OfferAsync(problem, context) : problem.ExecuteAsync(context);
    }

    private async Task OfferAsync(Problem problem, HttpContext context) =>
        await (await passes.OfferAsync(problem, context)).ExecuteAsync(context);
}
