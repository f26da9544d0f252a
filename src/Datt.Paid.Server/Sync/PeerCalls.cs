using System.Globalization;
using System.Text.Json;
using Datt.Paid.Federation;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Exchange.Buying;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Sync;

/// <summary>Another server, and what went both ways.</summary>
/// <param name="Access">Whom it serves runs: <c>Free</c>, <c>Reciprocal</c>, <c>Paid</c>; null where it is not known now.</param>
/// <param name="GivenBytes">Bytes of runs given to it.</param>
/// <param name="TakenBytes">Bytes of runs taken from it.</param>
/// <param name="CreditBytes">What it may still have for what it gave, where serving is <c>Reciprocal</c>.</param>
/// <param name="HasKey">Whether we have an account there.</param>
public sealed record PeerTrafficAnswer(
    string ServerId, string? Name, string? Url, string? Access, long GivenBytes, long TakenBytes, long CreditBytes, bool HasKey, DateTimeOffset? LastAt);

/// <summary>One period of a subscription at another server.</summary>
/// <param name="State"><c>planned</c>, <c>waiting</c> (an invoice that anybody may pay), <c>paying</c>, <c>uncertain</c>, <c>paid</c>.</param>
/// <param name="SpentSats">What it cost with the fee, or was set aside for it; 0 where we paid nothing.</param>
/// <param name="Problem">Why it was not paid, for people.</param>
public sealed record PeerPurchaseAnswer(
    string Id, string ServerId, int Number, string State, int Months, long Sats, long SpentSats, string? Lightning, string? CheckoutUrl,
    DateTimeOffset? InvoiceExpiresAt, DateTimeOffset? PaidAt, DateTimeOffset? PaidUntil, string? Problem, DateTimeOffset CreatedAt);

/// <summary>What buying may cost. Amounts are decimal strings in <paramref name="Currency"/>.</summary>
/// <param name="PaysItself">Whether invoices are paid without a person.</param>
/// <param name="Spent">This calendar month (UTC); null where there is no rate now.</param>
public sealed record PeerBudgetAnswer(bool Enabled, bool PaysItself, string Currency, string PerPayment, string PerMonth, string? Spent, string? Left);

/// <summary>Everything about giving, taking and buying.</summary>
/// <param name="PoolLeftBytes">Left today for servers that have given nothing yet, where serving is <c>Reciprocal</c>.</param>
public sealed record PeersAnswer(
    string Access, long PoolLeftBytes, IReadOnlyList<PeerTrafficAnswer> Peers, IReadOnlyList<PeerPurchaseAnswer> Purchases, PeerBudgetAnswer Budget);

/// <summary>What an operator found out about a payment whose answer was lost.</summary>
public sealed record PeerPurchaseDecision(bool? Paid);

/// <summary>What was given to and taken from other servers, and what was bought there, for operators.</summary>
public static class PeerCalls
{
    private const int MostPeers = 1_000;

    public static void MapPeers(this IEndpointRouteBuilder app)
    {
        var peers = app.MapGroup("/api/v1/admin/peers").WithTags("Operators").Needs(Scopes.Operator);
        peers.MapGet("", ListAsync).WithName("listPeerTraffic").WithSummary("Bytes of runs given to and taken from each server, purchases there, and the budget.");
        peers.MapPost("/purchases/{id}/resolve", ResolveAsync).Refuses(400, 404, 409).WithName("resolvePeerPurchase")
            .WithSummary("Says whether a payment whose answer was lost was made.");
    }

    private static async Task<Ok<PeersAnswer>> ListAsync(
        RunAdmission admission, ServerDirectory servers, PeerKeys keys, PurchaseBook book, ILightningPurse purse, IOptions<BuyingSettings> buying,
        IOptions<Federation.FederationSettings> federation, TimeProvider time, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        var met = admission.Peers().Take(MostPeers).Select(peer => Answer(peer.ServerId, peer, servers, keys)).ToList();
        var purchases = await book.ListAsync(ct);
        met.AddRange(purchases.Select(p => p.ServerId).Distinct().Except(met.Select(p => p.ServerId)).Select(id => Answer(id, null, servers, keys)));
        return TypedResults.Ok(new PeersAnswer(
            federation.Value.Access.ToString(), admission.PoolLeft(now), met, [.. purchases.Select(Answer)], await BudgetAsync(buying.Value, book, purse, now, ct)));
    }

    private static async Task<Results<Ok<PeerPurchaseAnswer>, Problem>> ResolveAsync(
        string id, PeerPurchaseDecision decision, PurchaseBook book, TimeProvider time, CancellationToken ct)
    {
        if (decision.Paid is not { } paid)
            return Problem.Invalid("paid", "Say whether it was paid: {\"paid\": true} or {\"paid\": false}.");
        if ((await book.ListAsync(ct)).Find(p => p.Id == id) is not { } row)
            return Problem.NotFound("There is no such purchase.");
        if (row.State != PeerPurchaseState.Uncertain)
            return new Problem(StatusCodes.Status409Conflict, ProblemCodes.Conflict, "Only a payment whose answer was lost waits for a decision.");
        var changed = paid
            ? await book.PaidAsync(id, null, time.GetUtcNow(), ct)
            : await book.NotPaidAsync(id, "It was not paid, as an operator found.", ct);
        return changed is null
            ? new Problem(StatusCodes.Status409Conflict, ProblemCodes.Conflict, "It was decided meanwhile.")
            : TypedResults.Ok(Answer(changed));
    }

    private static async Task<PeerBudgetAnswer> BudgetAsync(
        BuyingSettings settings, PurchaseBook book, ILightningPurse purse, DateTimeOffset now, CancellationToken ct)
    {
        var rate = settings.Enabled && purse.CanPay ? await purse.SatsPerUnitAsync(settings.Currency, ct) : null;
        var spent = rate is null ? default(long?) : await book.SpentAsync(settings.Currency, rate.Value, now, ct);
        var left = spent is null ? default(long?) : Math.Max(0, Budget.UnitsOf(settings.MaximumPerMonth) - spent.Value);
        return new PeerBudgetAnswer(
            settings.Enabled, settings.Enabled && purse.CanPay, settings.Currency, Text(settings.MaximumPerPayment), Text(settings.MaximumPerMonth),
            spent is null ? null : Text(Budget.AmountOf(spent.Value)), left is null ? null : Text(Budget.AmountOf(left.Value)));
    }

    private static PeerTrafficAnswer Answer(string id, PeerTotals? totals, ServerDirectory servers, PeerKeys keys)
    {
        var known = servers.TryGet(id, out var server) ? server : null;
        return new PeerTrafficAnswer(
            id, known?.Card.Card.Name, known?.Url.AbsoluteUri.TrimEnd('/'), known?.Card.Card.FederationAccess, totals?.Given ?? 0, totals?.Taken ?? 0,
            totals?.Credit ?? 0, keys.For(id) is not null, totals?.At);
    }

    private static PeerPurchaseAnswer Answer(PeerPurchaseRow row)
    {
        // Only what may still be paid is shown, so that nobody pays twice.
        var isWaiting = row.State == PeerPurchaseState.Waiting;
        return new PeerPurchaseAnswer(
            row.Id, row.ServerId, row.Number, JsonNamingPolicy.CamelCase.ConvertName(row.State.ToString()), row.Months, row.Sats, row.SpentSats,
            isWaiting ? row.Lightning : null, isWaiting ? row.CheckoutUrl : null, row.InvoiceExpiresAt, row.PaidAt, row.To, row.Problem, row.CreatedAt);
    }

    private static string Text(decimal amount) => amount.ToString("0.00######", CultureInfo.InvariantCulture);
}
