using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Federation;

/// <summary>A server of which an accepted card is held.</summary>
/// <param name="Id">Fingerprint of its first key.</param>
/// <param name="Url">Its base address, under which the card was fetched and which the card names; without a slash at the end of a path.</param>
/// <param name="Card">The newest accepted card, as it was signed.</param>
/// <param name="LastSeen">When an accepted card last came from it.</param>
/// <param name="Latency">How long the newest card took; null where it was not measured since the start.</param>
/// <param name="Problem">Why it is not <see cref="ServerState.Alive"/>, for people; null where it is.</param>
public sealed record KnownServer(
    string Id, Uri Url, SignedCard Card, ServerState State, DateTimeOffset FirstSeen, DateTimeOffset LastSeen, TimeSpan? Latency, string? Problem);

/// <summary>How a known server was met last.</summary>
public enum ServerState
{
    /// <summary>It answered with a card that was accepted.</summary>
    Alive,

    /// <summary>It did not answer, or not with a card.</summary>
    Silent,

    /// <summary>It answers, but its card is not accepted; <see cref="KnownServer.Problem"/> says why.</summary>
    Refused,
}
