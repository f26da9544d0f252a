namespace Datt.Paid.Payments.BtcPay;

/// <summary>Judges what BTCPay answered: everything that is wrong at once, each with what to click. Pure.</summary>
public static class BtcPayCheck
{
    /// <summary>Oldest BTCPay Server whose payment methods have the names used here.</summary>
    public static readonly Version OldestVersion = new(2, 0, 0);

    private static readonly TimeSpan ShortMonitoring = TimeSpan.FromDays(1);

    public static IReadOnlyList<PaymentFinding> Judge(BtcPaySituation seen) =>
        [.. Server(seen), .. Clock(seen), .. Key(seen), .. SpendKey(seen), .. Store(seen), .. Methods(seen), .. Rate(seen), .. Webhook(seen)];

    /// <summary>Whether a webhook of the store is this server's.</summary>
    internal static bool IsOurs(BtcPayWebhook webhook, string url) =>
        string.Equals(webhook.Url.TrimEnd('/'), url.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);

    private static IEnumerable<PaymentFinding> Server(BtcPaySituation seen)
    {
        if (!seen.Server.TryGet(out var server, out var failure))
        {
            yield return failure is BtcPayFailure.Unauthenticated
                ? Error("key-unknown", "BTCPay does not know the API key.",
                    $"Make a key in BTCPay under Account, Manage account, API keys, and set it as {BtcPayOptions.Section}:ApiKey.")
                : Error("unreachable", $"BTCPay cannot be reached: {failure.Message}.",
                    $"See whether it runs and whether {BtcPayOptions.Section}:Url is its address.");
            yield break;
        }
        if (Version.TryParse(server.Version.Split('+', '-')[0], out var version) && version < OldestVersion)
            yield return Error("version", $"BTCPay Server {version} is too old; {OldestVersion} is the oldest that works.", "Update it: Server settings, Maintenance, Update.");
        if (!server.FullySynched)
            yield return Warning("not-synced", "BTCPay's node is still reading the chain: on-chain payments are seen late.", "Wait; BTCPay shows how far it is.");
    }

    private static IEnumerable<PaymentFinding> Clock(BtcPaySituation seen) =>
        seen.Clock?.Judge("BTCPay", $"{BtcPayOptions.Section}:Url") is { } finding ? [finding] : [];

    private static IEnumerable<PaymentFinding> Key(BtcPaySituation seen)
    {
        if (seen.Key is null)
            yield break;
        if (!seen.Key.TryGet(out var key, out var failure))
        {
            yield return Error("key-unreadable", $"The API key's permissions cannot be read: {failure.Message}.", "Make a new key.");
            yield break;
        }
        var store = seen.Options.StoreId;
        if (BtcPayPermissions.Missing(key.Permissions, store, seen.SellsPasses) is { Count: > 0 } missing)
        {
            yield return Error("permission-missing", $"The API key lacks {string.Join(", ", missing)} for store {store}.",
                $"Edit the key under Account, Manage account, API keys: tick them and select this store alone, or set {BtcPayOptions.Section}:StoreId to the store it is for.");
        }
        if (BtcPayPermissions.Excess(key.Permissions, store, seen.SellsPasses) is { Count: > 0 } excess)
        {
            yield return Warning("permission-excess", $"The API key may do more than it needs: {string.Join(", ", excess.Take(20))}.",
                $"Make a key with {string.Join(", ", BtcPayPermissions.Used(seen.SellsPasses))}, each for this store alone.");
        }
    }

    private static IEnumerable<PaymentFinding> SpendKey(BtcPaySituation seen)
    {
        if (seen.SpendKey is null)
            yield break;
        const string Setting = $"{BtcPayOptions.Section}:SpendApiKey";
        var store = seen.Options.StoreId;
        var remedy = $"Make a key with {BtcPayPermissions.PaysLightning} for store {store} alone under Account, Manage account, API keys, and set it as {Setting}; or leave {Setting} empty and pay by hand.";
        if (!seen.SpendKey.TryGet(out var key, out var failure))
        {
            yield return failure is BtcPayFailure.Unauthenticated
                ? Error("spend-key-unknown", $"BTCPay does not know the key of {Setting}: subscriptions at other servers are not paid.", remedy)
                : Error("spend-key-unreadable", $"The permissions of {Setting} cannot be read: {failure.Message}.", remedy);
            yield break;
        }
        if (!BtcPayPermissions.MaySpend(key.Permissions, store))
            yield return Error("spend-permission-missing", $"The key of {Setting} lacks {BtcPayPermissions.PaysLightning} for store {store}: subscriptions at other servers are not paid.", remedy);
        if (BtcPayPermissions.ExcessOfSpending(key.Permissions, store) is { Count: > 0 } excess)
            yield return Warning("spend-permission-excess", $"The key of {Setting} may do more than pay Lightning invoices of store {store}: {string.Join(", ", excess.Take(20))}.", remedy);
    }

    private static IEnumerable<PaymentFinding> Store(BtcPaySituation seen)
    {
        if (seen.Store is null)
            yield break;
        if (!seen.Store.TryGet(out var store, out var failure))
        {
            yield return Error("store-unknown", $"Store {seen.Options.StoreId} does not exist or the key may not see it: {failure.Message}.",
                $"Compare {BtcPayOptions.Section}:StoreId with Store settings, General, Store ID.");
            yield break;
        }
        if (store.Archived)
            yield return Error("store-archived", "The store is archived.", "Store settings, General, Unarchive this store.");
        if (store.NetworkFeeMode != "Never")
        {
            yield return Error("network-fee-mode", $"The store adds a network fee to invoices (networkFeeMode {store.NetworkFeeMode}): what buyers are told would not be enough.",
                "Store settings, Checkout appearance or General, Payment: set 'Add additional fee (network fee) to invoice' to Never.");
        }
        if (store.SpeedPolicy == "HighSpeed")
        {
            yield return Warning("speed-policy", $"The store counts unconfirmed payments as settled. Invoices of this server ask for {seen.Options.SpeedPolicy}, others of the store do not.",
                "Store settings, General, Payment: set 'Consider the invoice settled when the payment transaction' to at least 1 confirmation.");
        }
        if (store.MonitoringExpiration < ShortMonitoring.TotalSeconds)
        {
            yield return Warning("monitoring", $"The store stops waiting for confirmations {TimeSpan.FromSeconds(store.MonitoringExpiration)} after an invoice expired. Invoices of this server ask for {seen.Options.Monitoring}, others of the store do not.",
                "Store settings, General, Payment: raise 'Payment invalid if transactions fails to confirm' to a day or more.");
        }
    }

    private static IEnumerable<PaymentFinding> Methods(BtcPaySituation seen)
    {
        if (seen.Methods is null)
            yield break;
        if (!seen.Methods.TryGet(out var methods, out var failure))
        {
            yield return Error("methods-unreadable", $"The store's payment methods cannot be read: {failure.Message}.", $"Give the key {BtcPayPermissions.Settings}.");
            yield break;
        }
        var lightning = methods.Exists(m => m is { Enabled: true, PaymentMethodId: BtcPayInvoiceMethod.Lightning });
        var chain = methods.Exists(m => m is { Enabled: true, PaymentMethodId: BtcPayInvoiceMethod.OnChain });
        if (!lightning && !chain)
        {
            yield return Error("no-method", "The store can be paid neither by Lightning nor on-chain.", "Connect a node under Wallets, Lightning, and a wallet under Wallets, Bitcoin.");
            yield break;
        }
        if (!lightning && seen.SellsPasses)
        {
            yield return Error("passes-without-lightning", "Datt:L402:Enabled sells passes over Lightning, which the store does not have.",
                "Connect a node under Wallets, Lightning, and enable it, or set Datt:L402:Enabled to false.");
        }
        else if (!lightning)
        {
            yield return Warning("lightning-missing", "The store has no Lightning: a single month is too small an amount on-chain, so buyers must prepay several.",
                "Connect a node under Wallets, Lightning, and enable it.");
        }
        if (!chain)
            yield return Warning("on-chain-missing", "The store has no on-chain wallet: buyers without Lightning cannot pay.", "Connect a watch-only wallet under Wallets, Bitcoin, and enable it.");
    }

    private static IEnumerable<PaymentFinding> Rate(BtcPaySituation seen)
    {
        if (seen.Rate is null || seen.Rate.Value?.FirstOrDefault() is { Rate: > 0 })
            yield break;
        var why = seen.Rate.Failure?.Message ?? string.Join(", ", seen.Rate.Value?.FirstOrDefault()?.Errors ?? []);
        yield return Error("no-rate", $"The store has no rate for {seen.Currency}, the currency of Datt:Pricing:Currency{(why.Length == 0 ? "" : $" ({why})")}: no invoice can be made.",
            $"Store settings, Rates: choose a source that has {seen.Currency}, or set Datt:Pricing:Currency to one that the store has.");
    }

    private static IEnumerable<PaymentFinding> Webhook(BtcPaySituation seen)
    {
        if (seen.Webhooks is null)
            yield break;
        if (!seen.Webhooks.TryGet(out var webhooks, out var failure))
        {
            yield return Error("webhook-unreadable", $"The store's webhooks cannot be read: {failure.Message}.", $"Give the key {BtcPayPermissions.Webhooks}.");
            yield break;
        }
        if (seen.WebhookUrl is not { } url)
        {
            yield return Warning("webhook-address", "The public address of this server is not known, so its webhook was not looked at.", "Set Datt:PublicUrl.");
            yield break;
        }
        if (Uri.TryCreate(url, UriKind.Absolute, out var own) && own.IsLoopback && !seen.Options.BaseAddress.IsLoopback)
            yield return Warning("webhook-loopback", $"BTCPay is told to deliver to {url}, which it cannot reach.", "Set Datt:PublicUrl to the address under which BTCPay reaches this server.");
        if (seen.Registered?.Failure is { } refused)
        {
            yield return Error("webhook-missing", $"The webhook {url} could not be registered: {refused.Message}. Payments are seen by reconciliation alone, and so later.",
                $"Store settings, Webhooks, Create: this address, the secret of {BtcPayOptions.Section}:WebhookSecret, automatic redelivery, every event.");
        }
        if (webhooks.Count(w => IsOurs(w, url)) > 1)
            yield return Warning("webhook-doubled", $"The store has several webhooks for {url}; deliveries of all but one may carry another secret.", "Store settings, Webhooks: delete all of them; the server makes its own anew.");
        if (seen.Deliveries?.Value?.FirstOrDefault() is { Status: not "HttpSuccess" } last)
            yield return Delivery(last, url);
    }

    private static PaymentFinding Delivery(BtcPayDelivery last, string url) => last.HttpCode == 401
        ? Warning("webhook-secret", "The last delivery of the webhook was signed with another secret than ours. The webhook has been given ours.",
            $"Nothing to do, unless it comes again: then {BtcPayOptions.Section}:WebhookSecret differs between servers with one address.")
        : Warning("webhook-failing", $"The last delivery to {url} failed: {last.ErrorMessage ?? $"status {last.HttpCode}"}.",
            "See whether Datt:PublicUrl is the address under which BTCPay reaches this server, and whether its certificate is valid.");

    private static PaymentFinding Error(string code, string problem, string remedy) => new(FindingSeverity.Error, code, problem, remedy);

    private static PaymentFinding Warning(string code, string problem, string remedy) => new(FindingSeverity.Warning, code, problem, remedy);
}
