namespace Datt.Paid.Storage;

/// <summary>An output on the chain that pays an invoice of a provider which watches the chain itself, as its node showed it last.</summary>
public sealed class ChainPayment
{
    /// <summary>The watched wallet; with <see cref="Id"/> the key.</summary>
    public required string Store { get; set; }

    /// <summary><c>txid-vout</c>.</summary>
    public required string Id { get; set; }

    public required string Address { get; set; }

    public long Sats { get; set; }

    /// <summary>When it was first seen; kept, whatever the node says later.</summary>
    public DateTimeOffset ReceivedAt { get; set; }

    /// <summary>0: in no block. Below 0: something else was spent in its place. Counted no further than matters.</summary>
    public int Confirmations { get; set; }

    /// <summary>In no block and not in the node's mempool either, since then.</summary>
    public DateTimeOffset? UnseenSince { get; set; }

    /// <summary>What the wallet had noted at the address, where our own books did not know it.</summary>
    public string? Label { get; set; }
}
