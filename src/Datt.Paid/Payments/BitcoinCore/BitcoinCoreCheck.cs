using Datt.Paid.Payments.Rates;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>Judges what the node answered: everything that is wrong at once, each with what to do. Pure.</summary>
public static class BitcoinCoreCheck
{
    /// <summary>Oldest node whose calls are those used here, as its <c>version</c> counts: 22.0.</summary>
    public const long OldestVersion = 220_000;

    private const string Section = BitcoinCoreOptions.Section;

    public static IReadOnlyList<PaymentFinding> Judge(BitcoinCoreSituation seen) =>
        [.. Reach(seen), .. Clock(seen), .. Chain(seen), .. Network(seen), .. Wallet(seen), .. Rate(seen)];

    private static IEnumerable<PaymentFinding> Reach(BitcoinCoreSituation seen)
    {
        var address = new Uri(seen.Options.RpcUrl);
        if (address.Scheme == Uri.UriSchemeHttp && !address.IsLoopback && seen.Options.Password.Length > 0)
            yield return Warning("rpc-unencrypted", $"Password and payments travel unencrypted to {address.Host} ({Section}:RpcUrl).", "Run the node on this machine, or reach it through a tunnel (ssh, WireGuard).");
        if (seen.Chain.Failure is not { } failure)
            yield break;
        yield return failure.Kind switch
        {
            RpcFailureKind.Unauthenticated => Error("rpc-credentials", $"The node refuses us: {failure.Message}.", $"Set {Section}:User and {Section}:Password as in its rpcauth, or {Section}:CookieFile."),
            RpcFailureKind.Forbidden => Error("rpc-forbidden", $"The node forbids our calls: {failure.Message}.", "Allow this server's address by rpcallowip in bitcoin.conf, and the calls by rpcwhitelist if that is used."),
            RpcFailureKind.WarmingUp => Error("node-starting", $"The node is starting: {failure.Message}.", "Wait; it is asked again."),
            _ => Error("unreachable", $"The node cannot be reached: {failure.Message}.", $"See whether it runs with server=1 and whether {Section}:RpcUrl is its address."),
        };
    }

    private static IEnumerable<PaymentFinding> Clock(BitcoinCoreSituation seen) =>
        seen.Clock?.Judge("the bitcoin node", $"{Section}:RpcUrl") is { } finding ? [finding] : [];

    private static IEnumerable<PaymentFinding> Chain(BitcoinCoreSituation seen)
    {
        if (!seen.Chain.TryGet(out var chain, out _))
            yield break;
        if (chain.Chain != "main")
            yield return Warning("not-mainnet", $"The node is on {chain.Chain}: its coins are worth nothing.", $"For real money set {Section}:RpcUrl to a node on mainnet.");
        if (chain.Initialblockdownload && chain.Chain != "regtest")
            yield return Error("not-synced", $"The node is still reading the chain, block {chain.Blocks} of {chain.Headers}: payments are not seen until it is done.", "Wait; it is asked again.");
        if (chain.Pruned)
            yield return Warning("pruned", "The node is pruned. That is enough to be paid, but a wallet made anew cannot look for old payments.", "Keep a backup of the wallet, or run the node unpruned.");
    }

    private static IEnumerable<PaymentFinding> Network(BitcoinCoreSituation seen)
    {
        if (seen.Network?.Value is not { } network)
            yield break;
        if (network.Version is > 1_000 and < OldestVersion)
            yield return Error("version", $"The node {network.Subversion} is too old; 22.0 is the oldest that works.", "Update it.");
        if (network.Connections == 0 && seen.Chain.Value?.Chain == "main")
            yield return Error("no-peers", "The node has no connection to other nodes: it sees no payments.", "See its own network and firewall.");
    }

    private static IEnumerable<PaymentFinding> Wallet(BitcoinCoreSituation seen)
    {
        if (seen.Wallet is null)
            yield break;
        var name = seen.Options.Wallet.Length > 0 ? $"wallet '{seen.Options.Wallet}'" : "a wallet";
        if (!seen.Wallet.TryGet(out var wallet, out var failure))
        {
            yield return failure.Kind switch
            {
                RpcFailureKind.NoWallet => Error("wallet-missing", $"The node has not loaded {name}: {failure.Message}.",
                    $"Load it with bitcoin-cli loadwallet NAME true, and set {Section}:Wallet to its name."),
                RpcFailureKind.UnknownCall => Error("wallet-disabled", "The node runs without wallets.", "Remove disablewallet from bitcoin.conf, or use a build with wallets."),
                _ => Error("wallet-unreadable", $"The node does not answer for {name}: {failure.Message}.", $"See its log, and {Section}:Wallet."),
            };
            yield break;
        }
        if (wallet.PrivateKeysEnabled == true)
        {
            yield return Warning("wallet-can-spend", $"The node's {name} can hold keys that spend; whoever takes over this server or the node takes the money.",
                "Make a watch-only one: createwallet NAME true true, then importdescriptors with your public descriptor, active.");
        }
        if (wallet.Keypoolsize == 0)
        {
            yield return Error("no-addresses", $"The node's {name} has no addresses to give.",
                "Import a ranged public descriptor into it with \"active\": true (importdescriptors), of the type that addresstype in bitcoin.conf names.");
        }
    }

    private static IEnumerable<PaymentFinding> Rate(BitcoinCoreSituation seen)
    {
        if (seen.NoRate is { } why)
            yield return Error("no-rate", $"There is no rate for {seen.Currency}, so no invoice can be made: {why}", $"See {RatesOptions.Section}, or set Datt:Pricing:Currency to SATS.");
    }

    private static PaymentFinding Error(string code, string problem, string remedy) => new(FindingSeverity.Error, code, problem, remedy);

    private static PaymentFinding Warning(string code, string problem, string remedy) => new(FindingSeverity.Warning, code, problem, remedy);
}
