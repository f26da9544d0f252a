using Datt.Paid.Protocol.Runs;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Datt.Paid.Sync.Exchange;

namespace Datt.Paid.Server.Sync;

/// <summary>
/// Decides before bytes of runs are sent whether their caller may have them: a server by its signature, a subscriber by a key with the scope
/// <c>federation</c>, anybody else by the address. Touches no database.
/// </summary>
public sealed class RunGate(RunAdmission admission, PeerDoor door, EntitlementTable entitlements, Tariff tariff, TimeProvider time)
{
    private const string Bearer = "Bearer ";

    /// <summary>
    /// Null when the bytes may be sent; they count as given from then on, until <see cref="Served"/> says that it were fewer. Asked once a request,
    /// after everything else was found in order.
    /// </summary>
    /// <param name="context">A request without a body.</param>
    /// <param name="bytes">How many its answer has.</param>
    public async Task<IResult?> RefusalAsync(HttpContext context, long bytes)
    {
        var (caller, refusal) = await CallerAsync(context);
        return refusal ?? Decide(context, caller, bytes);
    }

    /// <summary>The same for a leaf with its path, of which an address has some free each day.</summary>
    /// <param name="context">A request without a body.</param>
    /// <param name="origin">Whose leaf it is; one that is known here, because each is counted for itself.</param>
    public async Task<IResult?> ProofRefusalAsync(HttpContext context, string origin) =>
        admission.AdmitProof(origin, AddressOf(context), time.GetUtcNow()) ? null : await RefusalAsync(context, MerkleTree.LeafSize);

    /// <summary>How many bytes were really sent, once for each request that was let in.</summary>
    public void Served(HttpContext context, long sent)
    {
        if (context.Features.Get<RunGrant>() is not { } grant)
            return;
        context.Features.Set<RunGrant>(null);
        admission.Served(grant, sent);
    }

    private Problem? Decide(HttpContext context, RunCaller caller, long bytes)
    {
        switch (admission.Decide(caller, bytes, time.GetUtcNow()))
        {
            case RunDecision.Admitted admitted:
                context.Features.Set(admitted.Grant);
                return null;
            case RunDecision.TooMuch tooMuch:
                return Problem.QuotaExceeded(
                    "No more bytes of runs for this caller now. Wait as long as Retry-After says; where serving is Reciprocal, serving runs to this server earns more.",
                    tooMuch.RetryAfter);
            default:
                return tariff.PaymentRequired("Runs are served here to subscribers: buy months, then send a key with the scope federation as 'Authorization: Bearer <api key>'.");
        }
    }

    private async Task<(RunCaller Caller, Problem? Refusal)> CallerAsync(HttpContext context)
    {
        var payer = default(string);
        if (context.Request.Headers.Authorization.Count > 0 && Payer(context.Request, out payer) is { } refusal)
            return (default, refusal);
        var server = context.Request.Headers.ContainsKey("Signature-Input")
            ? await door.AuthenticateAsync(context, ReadOnlyMemory<byte>.Empty, context.RequestAborted)
            : null;
        return (new RunCaller(AddressOf(context), server?.Server.Id, payer), null);
    }

    private Problem? Payer(HttpRequest request, out string? accountId)
    {
        accountId = null;
        var header = request.Headers.Authorization.Count == 1 ? request.Headers.Authorization[0].AsSpan().Trim() : default;
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase))
            return Problem.Unauthorized("Send the key as 'Authorization: Bearer <api key>'.");
        var now = time.GetUtcNow();
        var entitlement = entitlements.Check(header[Bearer.Length..].Trim(), Scopes.Federation, now);
        switch (entitlement.Outcome)
        {
            case EntitlementOutcome.UnknownKey:
                return Problem.Unauthorized("This key is unknown or was revoked. POST /api/v1/accounts gives a new account with a key.");
            case EntitlementOutcome.WrongScope:
                return Problem.Forbidden("This key lacks the scope federation. POST /api/v1/account/keys makes keys with chosen scopes.");
            case EntitlementOutcome.Suspended:
                return Problem.Forbidden("The operator of this server suspended the account.");
        }
        if (entitlements.StateOf(entitlement.AccountId!, now).State is SubscriptionState.Active or SubscriptionState.Grace)
            accountId = entitlement.AccountId;
        return null;
    }

    private static UInt128 AddressOf(HttpContext context) => ClientAddress.Of(context.Connection.RemoteIpAddress);
}
