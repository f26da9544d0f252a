using System.Text.RegularExpressions;

namespace Datt.Paid.BtcPayServer.Stores;

/// <summary>Names of BTCPay's permissions, and which contain which.</summary>
public static partial class Policies
{
    public const string Unrestricted = "unrestricted";
    public const string CreateInvoice = "btcpay.store.cancreateinvoice";
    public const string ViewInvoices = "btcpay.store.canviewinvoices";
    public const string ModifyInvoices = "btcpay.store.canmodifyinvoices";
    public const string ModifyWebhooks = "btcpay.store.webhooks.canmodifywebhooks";
    public const string ViewStoreSettings = "btcpay.store.canviewstoresettings";
    public const string ModifyStoreSettings = "btcpay.store.canmodifystoresettings";
    public const string CreatePullPayments = "btcpay.store.cancreatepullpayments";
    public const string CreateNonApprovedPullPayments = "btcpay.store.cancreatenonapprovedpullpayments";
    public const string ManagePullPayments = "btcpay.store.canmanagepullpayments";
    public const string ArchivePullPayments = "btcpay.store.canarchivepullpayments";
    public const string ViewPullPayments = "btcpay.store.canviewpullpayments";
    public const string ViewPayouts = "btcpay.store.canviewpayouts";
    public const string ManagePayouts = "btcpay.store.canmanagepayouts";
    public const string CreateLightningInvoice = "btcpay.store.cancreatelightninginvoice";
    public const string ViewLightningInvoice = "btcpay.store.canviewlightninginvoice";
    public const string UseLightningNode = "btcpay.store.canuselightningnode";

    private static readonly Dictionary<string, string[]> Contained = new()
    {
        [ModifyInvoices] = [CreateInvoice, ViewInvoices],
        [ViewStoreSettings] = [ViewInvoices, ViewPullPayments, ViewPayouts],
        [CreatePullPayments] = [CreateNonApprovedPullPayments],
        [CreateNonApprovedPullPayments] = [ViewPullPayments],
        [ManagePullPayments] = [CreatePullPayments, ArchivePullPayments],
        [ManagePayouts] = [ViewPayouts],
        [CreateLightningInvoice] = [ViewLightningInvoice],
        [UseLightningNode] = [CreateLightningInvoice],
        [ModifyStoreSettings] =
        [
            ModifyInvoices, ModifyWebhooks, ViewStoreSettings, ManagePullPayments, ManagePayouts, UseLightningNode,
        ],
    };

    /// <summary>Whether a permission of the form <c>policy</c> or <c>policy:storeId</c> is well-formed. Unknown policies are.</summary>
    internal static bool IsWellFormed(string permission) => permission == Unrestricted || PermissionForm().IsMatch(permission);

    internal static bool Contains(string policy, string wanted) =>
        policy == wanted || policy == Unrestricted || (Contained.TryGetValue(policy, out var inner) && inner.Any(p => Contains(p, wanted)));

    [GeneratedRegex(@"^btcpay\.[a-z]+(\.[a-z]+)+(:[A-Za-z0-9]+)?$")]
    private static partial Regex PermissionForm();
}

/// <param name="Value">40 hexadecimal digits, sent as <c>Authorization: token …</c>.</param>
/// <param name="Permissions">Each <c>policy</c> or <c>policy:storeId</c>.</param>
internal sealed record ApiKey(string Value, string Label, IReadOnlyList<string> Permissions)
{
    /// <summary>Whether the key may do something in a store; without store, whether it may anywhere.</summary>
    public bool Allows(string policy, string? storeId) => Permissions.Any(permission =>
    {
        var parts = permission.Split(':', 2);
        return Policies.Contains(parts[0], policy) && (parts.Length == 1 || parts[1] == storeId);
    });
}
