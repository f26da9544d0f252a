namespace Datt.Paid.Payments.BtcPay;

/// <summary>What the API key must be allowed to do, and how a key's own list compares to it.</summary>
public static class BtcPayPermissions
{
    /// <summary>Makes, reads and marks invoices; it contains <see cref="Contained"/>.</summary>
    public const string Invoices = "btcpay.store.canmodifyinvoices";

    /// <summary>Registers the webhook and reads its log.</summary>
    public const string Webhooks = "btcpay.store.webhooks.canmodifywebhooks";

    /// <summary>Reads rates, payment methods and settings.</summary>
    public const string Settings = "btcpay.store.canviewstoresettings";

    /// <summary>Makes refunds that a person approves.</summary>
    public const string Refunds = "btcpay.store.cancreatenonapprovedpullpayments";

    /// <summary>Makes single Lightning invoices; cannot pay any.</summary>
    public const string MakesLightning = "btcpay.store.cancreatelightninginvoice";

    /// <summary>Reads single Lightning invoices.</summary>
    public const string ReadsLightning = "btcpay.store.canviewlightninginvoice";

    /// <summary>Pays Lightning invoices. Asked of the second key alone.</summary>
    public const string PaysLightning = "btcpay.store.canuselightningnode";

    private const string Everything = "unrestricted";
    private const string ModifiesStore = "btcpay.store.canmodifystoresettings";

    /// <summary>Exactly what the server uses.</summary>
    public static readonly IReadOnlyList<string> Needed = [Invoices, Webhooks, Settings, Refunds];

    /// <summary>Used beside <see cref="Needed"/> where passes are sold.</summary>
    public static readonly IReadOnlyList<string> NeededForPasses = [MakesLightning, ReadsLightning];

    /// <summary>Part of <see cref="Invoices"/>: no harm and no use beside it.</summary>
    public static readonly IReadOnlyList<string> Contained = ["btcpay.store.canviewinvoices", "btcpay.store.cancreateinvoice"];

    /// <summary>Permissions that a key contains by having another.</summary>
    private static readonly Dictionary<string, string[]> Contains = new()
    {
        [ModifiesStore] = [Invoices, Webhooks, Settings, Refunds, MakesLightning, ReadsLightning],
        [PaysLightning] = [MakesLightning, ReadsLightning],
        [MakesLightning] = [ReadsLightning],
        ["btcpay.store.canmanagepullpayments"] = [Refunds],
        ["btcpay.store.cancreatepullpayments"] = [Refunds],
    };

    /// <summary>What the server uses.</summary>
    /// <param name="passes">Whether it sells passes.</param>
    public static IReadOnlyList<string> Used(bool passes) => passes ? [.. Needed, .. NeededForPasses] : Needed;

    /// <summary>Needed permissions that a key lacks for a store.</summary>
    /// <param name="passes">Whether the server sells passes.</param>
    public static IReadOnlyList<string> Missing(IReadOnlyList<string> permissions, string storeId, bool passes = false)
    {
        var policies = permissions.Select(Split).Where(p => p.Store is null || p.Store == storeId).Select(p => p.Policy).ToHashSet();
        return policies.Contains(Everything) ? [] : [.. Used(passes).Where(n => !policies.Any(p => p == n || Contains.GetValueOrDefault(p, []).Contains(n)))];
    }

    /// <summary>What a key may do beyond what is needed: further policies, and policies for other stores or for all.</summary>
    /// <param name="passes">Whether the server sells passes.</param>
    public static IReadOnlyList<string> Excess(IReadOnlyList<string> permissions, string storeId, bool passes = false) =>
        [.. permissions.Where(p => Split(p) is var (policy, store) && (store != storeId || !(Used(passes).Contains(policy) || Contained.Contains(policy))))];

    /// <summary>Whether a key can pay Lightning invoices from a store's node.</summary>
    public static bool MaySpend(IReadOnlyList<string> permissions, string storeId) =>
        permissions.Select(Split).Any(p => (p.Store is null || p.Store == storeId) && (p.Policy is PaysLightning or Everything));

    /// <summary>What the key that may spend may do beyond that one thing and what it contains.</summary>
    public static IReadOnlyList<string> ExcessOfSpending(IReadOnlyList<string> permissions, string storeId) =>
        [.. permissions.Where(p => Split(p) is var (policy, store) && (store != storeId || (policy != PaysLightning && !Contains[PaysLightning].Contains(policy))))];

    private static (string Policy, string? Store) Split(string permission)
    {
        var colon = permission.IndexOf(':', StringComparison.Ordinal);
        return colon < 0 ? (permission, null) : (permission[..colon], permission[(colon + 1)..]);
    }
}
