using System.Globalization;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Federation;

/// <summary>What a visit to an address means. A card counts only from the address that it names.</summary>
internal abstract record Verdict
{
    /// <summary>Furthest that a card may be dated ahead: clocks differ.</summary>
    private static readonly TimeSpan Ahead = TimeSpan.FromMinutes(5);

    /// <summary>Oldest card taken. Servers sign theirs anew all the time, so an older one was kept by somebody.</summary>
    private static readonly TimeSpan Behind = TimeSpan.FromDays(1);

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
    public static Verdict Of(CardFetch fetch, CrawlEntry entry, CrawlEntry? other, string selfId, UrlRules rules, DateTimeOffset now)
    {
        if (fetch is not CardFetch.Answered { Card: var signed, Latency: var latency })
            return fetch is CardFetch.NoCard wrong ? new Faulty(wrong.Problem, false) : new Faulty(((CardFetch.Silent)fetch).Problem, true);
        var card = signed.Card;
        if (card.Id == selfId)
            return entry.IsBootstrap ? new Faulty("This is the server itself.", true) : new Nothing(null);
        if (card.Time > now + Ahead)
            return new Faulty($"Its card is dated {Text(card.Time)}, which is in the future.", false);
        if (card.Time < now - Behind)
            return new Faulty($"Its card is of {Text(card.Time)}: not its newest, or its clock is wrong.", false);
        if (entry.Card is { } known && known.Card.Id != card.Id)
            return new Faulty($"Another server answers there, {card.Id}.", false);
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
        var newest = entry.Card ?? other?.Card;
        return newest is not null && newest.Card.Time > card.Time ? new Accepted(newest, latency) : new Accepted(signed, latency);
    }

    private static string Text(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
