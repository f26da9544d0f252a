using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Federation;

/// <summary>An address that somebody named, and what came of visiting it. Belongs to a <see cref="CrawlTable"/>, under its lock.</summary>
internal sealed class CrawlEntry(ServerAddress address, string source, int depth, DateTimeOffset firstSeen)
{
    public ServerAddress Address { get; } = address;

    /// <summary>Who named it first: the address of a server, or what else.</summary>
    public string Source { get; } = source;

    /// <summary>Fewest steps from a bootstrap address or a greeting.</summary>
    public int Depth { get; set; } = depth;

    public bool IsBootstrap { get; init; }

    /// <summary>How many unproven ones its source had named before, or its site had already: those of all sources and sites take turns.</summary>
    public int Turn { get; set; }

    /// <summary>The newest accepted card; null while there never was one.</summary>
    public SignedCard? Card { get; set; }

    public ServerState State { get; set; } = ServerState.Silent;

    public DateTimeOffset FirstSeen { get; set; } = firstSeen;

    /// <summary>When an accepted card last came.</summary>
    public DateTimeOffset? LastSeen { get; set; }

    public DateTimeOffset Due { get; set; } = firstSeen;

    /// <summary>Visits since the last accepted card.</summary>
    public int Failures { get; set; }

    public string? Problem { get; set; }

    public TimeSpan? Latency { get; set; }

    /// <summary>When its list is to be read next; doubles its distance while the list says nothing new.</summary>
    public DateTimeOffset ListDue { get; set; }

    public int ListsWithoutNews { get; set; }

    /// <summary>When its list was read without fault.</summary>
    public DateTimeOffset? ListReadAt { get; set; }

    /// <summary>Whether it was shown this server's card since the start.</summary>
    public bool IsGreeted { get; set; }

    public bool IsBusy { get; set; }

    /// <summary>Differs from its row in the database.</summary>
    public bool IsDirty { get; set; } = true;

    public bool IsRemoved { get; set; }

    public string? Id => Card?.Card.Id;

    public KnownServer? Known => Card is null
        ? null
        : new KnownServer(Card.Card.Id, Address.Url, Card, State, FirstSeen, LastSeen ?? FirstSeen, Latency, Problem);
}

/// <summary>An address as an operator sees it.</summary>
/// <param name="Id">Null where no card was ever accepted from it.</param>
/// <param name="Source">Who named it first.</param>
/// <param name="Depth">Steps from a bootstrap address or a greeting.</param>
/// <param name="Failures">Visits since the last accepted card.</param>
/// <param name="Due">When it is visited next.</param>
public sealed record CrawlFinding(
    string? Id, string Url, SignedCard? Card, ServerState State, DateTimeOffset FirstSeen, DateTimeOffset? LastSeen, TimeSpan? Latency, string? Problem,
    string Source, int Depth, int Failures, DateTimeOffset Due);
