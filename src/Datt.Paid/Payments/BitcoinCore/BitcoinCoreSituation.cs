namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>What the node answered to everything that <see cref="BitcoinCoreCheck"/> looks at. Null: not asked, because what came before it failed.</summary>
public sealed record BitcoinCoreSituation
{
    public required BitcoinCoreOptions Options { get; init; }

    /// <summary>Currency of the price.</summary>
    public required string Currency { get; init; }

    public required RpcAnswer<ChainInfo> Chain { get; init; }

    /// <summary>Null where the node told no time.</summary>
    public ClockComparison? Clock { get; init; }

    public RpcAnswer<NetworkInfo>? Network { get; init; }

    public RpcAnswer<WalletInfo>? Wallet { get; init; }

    /// <summary>Why there is no rate; null when there is one.</summary>
    public string? NoRate { get; init; }
}
