using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Federation;

/// <summary>The calls that finding servers makes to the network. Nothing that the other side does is thrown.</summary>
public interface IServerSource
{
    /// <summary>The card of the server at an address.</summary>
    Task<CardFetch> FetchCardAsync(Uri server, CancellationToken ct);

    /// <summary>A page of the servers that a server knows.</summary>
    /// <param name="server">Who is asked.</param>
    /// <param name="cursor">As the page before gave it; null for the first.</param>
    /// <param name="since">Only servers that it knows since then, where it can tell; null for all.</param>
    /// <param name="ct">Gives up.</param>
    Task<ListFetch> FetchListAsync(Uri server, string? cursor, DateTimeOffset? since, CancellationToken ct);

    /// <summary>A page of a bootstrap list, which may stand anywhere.</summary>
    Task<ListFetch> FetchBootstrapAsync(Uri list, string? cursor, CancellationToken ct);

    /// <summary>Shows this server's card; whether it was taken.</summary>
    Task<bool> GreetAsync(Uri server, SignedCard own, CancellationToken ct);
}

/// <summary>What came of asking for a card.</summary>
public abstract record CardFetch
{
    /// <param name="Card">A card whose signature is right; nothing else about it is judged yet.</param>
    /// <param name="Latency">From the request to the last byte.</param>
    public sealed record Answered(SignedCard Card, TimeSpan Latency) : CardFetch;

    /// <summary>Somebody answers, but not with a card whose signature is right.</summary>
    public sealed record NoCard(string Problem) : CardFetch;

    /// <summary>Nobody answers, or it must not be called.</summary>
    public sealed record Silent(string Problem) : CardFetch;
}

/// <summary>What came of asking for a list.</summary>
public abstract record ListFetch
{
    public sealed record Page(IReadOnlyList<ListedAddress> Servers, string? Next) : ListFetch;

    public sealed record Failed(string Problem) : ListFetch;
}

/// <summary>A server that somebody names. Nothing of it is believed: its card counts only from its own address.</summary>
public readonly record struct ListedAddress(string? Id, string Url);
