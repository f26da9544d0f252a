using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Federation;

/// <summary>What a visit to an address means. A card counts only from the address that it names.</summary>
internal abstract record Verdict
{
    /// <summary>The server is who it says.</summary>
    public sealed record Accepted(SignedCard Card, TimeSpan Latency) : Verdict;

    /// <summary>It stays, with this problem.</summary>
    /// <param name="Elsewhere">The address that the card names, to be visited too.</param>
    public sealed record Faulty(string Problem, bool IsSilent, string? Elsewhere = null) : Verdict;

    /// <summary>A bootstrap address that is a list, not a server.</summary>
    public sealed record List : Verdict;

    /// <summary>The address is not worth keeping: this server itself, or another address of one.</summary>
    /// <param name="Elsewhere">The address that the card names, to be visited instead.</param>
    public sealed record Nothing(string? Elsewhere) : Verdict;

    /// <summary>Judges an answer.</summary>
    /// <param name="fetch">The answer.</param>
    /// <param name="entry">Who was asked.</param>
    /// <param name="other">Who else has the id that answered.</param>
    /// <param name="selfId">This server's id.</param>
    /// <param name="rules">What may be called from here.</param>
    /// <param name="now">The time.</param>
    /// <param name="isAnew">Whoever was met at this address before counts for nothing: an operator said so.</param>
    public static Verdict Of(CardFetch fetch, CrawlEntry entry, CrawlEntry? other, string selfId, UrlRules rules, DateTimeOffset now, bool isAnew = false)
    {
        if (fetch is not CardFetch.Answered { Card: var signed, Latency: var latency })
            return fetch is CardFetch.NoCard wrong ? new Faulty(wrong.Problem, false) : new Faulty(((CardFetch.Silent)fetch).Problem, true);
        var card = signed.Card;
        if (card.Id == selfId)
            return entry.IsBootstrap ? new Faulty("This is the server itself.", true) : new Nothing(null);
        var newest = isAnew ? other?.Card : entry.Card ?? other?.Card;
        var outcome = CardSuccession.Judge(newest, signed, now);
        if (Refusal(outcome) is { } refused)
            return new Faulty(refused, false);
        if (!ServerAddress.TryRead(card.Url, rules, out var address, out var problem))
            return new Faulty($"The URL in its card {problem}.", false);
        if (address.Key != entry.Address.Key)
        {
            return entry.IsBootstrap || entry.Card is not null
                ? new Faulty($"It says that its address is {address.Key}.", true, address.Key)
                : new Nothing(address.Key);
        }
        if (other is { State: ServerState.Alive })
            return new Faulty($"The same server answers at {other.Address.Key}.", false);
        return new Accepted(outcome == CardOutcome.OlderIgnored ? newest! : signed, latency);
    }

    // Without times and figures, so that a problem that lasts is the same problem.
    private static string? Refusal(CardOutcome outcome) => outcome switch
    {
        CardOutcome.FutureDated => "Its card is dated in the future.",
        CardOutcome.TooOld => "Its card is old: not its newest, or its clock is wrong.",
        CardOutcome.KeyChangedWithoutHandOver => "Another server answers there: its key is not one that the known one handed over to.",
        CardOutcome.FormerKey => "It signs with a key that it had handed over: a restored backup, or somebody who has the old key.",
        CardOutcome.ForkedHandOver => "Its key was handed over to two different ones: it is in two hands.",
        _ => null,
    };
}
