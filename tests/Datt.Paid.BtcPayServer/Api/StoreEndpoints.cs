using System.Globalization;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>Stores with the settings that matter here, their methods and rates.</summary>
internal sealed partial class StoreEndpoints(Greenfield api)
{
    private readonly ServerState _state = api.State;

    public void Map()
    {
        api.Map("POST", "/stores", Policies.ModifyStoreSettings, Create);
        api.Map("GET", "/stores/{storeId}", Policies.ViewStoreSettings, call => Answer.Ok(Show(call.Store)));
        api.Map("PUT", "/stores/{storeId}", Policies.ModifyStoreSettings, call =>
        {
            Apply(call.Store, call.Body);
            return Answer.Ok(Show(call.Store));
        });
        api.Map("GET", "/stores/{storeId}/payment-methods", Policies.ViewStoreSettings, Methods);
        api.Map("PUT", "/stores/{storeId}/payment-methods/{paymentMethodId}", Policies.ModifyStoreSettings, SetMethod);
        api.Map("GET", "/stores/{storeId}/rates", Policies.ViewStoreSettings, Rates);
        api.Map("PUT", "/stores/{storeId}/rates/configuration/{which}", Policies.ModifyStoreSettings, SetRates);
    }

    private Answer Create(Call call)
    {
        var store = new Store { Id = Ids.New(32), OnChain = null, Lightning = false };
        store.Rates.Clear();
        Apply(store, call.Body);
        lock (_state.Watcher.Gate)
            _state.Stores.Add(store.Id, store);
        return Answer.Ok(Show(store));
    }

    private static void Apply(Store store, JsonObject body)
    {
        store.Name = body["name"]?.ToString() ?? store.Name;
        store.DefaultCurrency = body["defaultCurrency"]?.ToString() ?? store.DefaultCurrency;
        store.SpeedPolicy = Enum.TryParse<SpeedPolicy>(body["speedPolicy"]?.ToString(), out var speed) ? speed : SpeedPolicy.MediumSpeed;
        store.NetworkFeeMode = Enum.TryParse<NetworkFeeMode>(body["networkFeeMode"]?.ToString(), out var mode) ? mode : NetworkFeeMode.MultiplePaymentsOnly;
        store.ExpirationSeconds = (int?)body["invoiceExpiration"] ?? 900;
        store.MonitoringSeconds = (int?)body["monitoringExpiration"] ?? 86_400;
        store.PaymentTolerance = (decimal?)body["paymentTolerance"] ?? 0;
    }

    private static JsonObject Show(Store store) => new()
    {
        ["id"] = store.Id,
        ["name"] = store.Name,
        ["website"] = null,
        ["invoiceExpiration"] = store.ExpirationSeconds,
        ["displayExpirationTimer"] = 300,
        ["refundBOLT11Expiration"] = 30,
        ["monitoringExpiration"] = store.MonitoringSeconds,
        ["speedPolicy"] = store.SpeedPolicy.ToString(),
        ["lightningDescriptionTemplate"] = "Paid to {StoreName} (Order ID: {OrderId})",
        ["paymentTolerance"] = store.PaymentTolerance,
        ["anyoneCanCreateInvoice"] = false,
        ["defaultCurrency"] = store.DefaultCurrency,
        ["lazyPaymentMethods"] = false,
        ["redirectAutomatically"] = false,
        ["archived"] = false,
        ["recommendedFeeBlockTarget"] = 1,
        ["defaultPaymentMethod"] = null,
        ["networkFeeMode"] = store.NetworkFeeMode.ToString(),
        ["paymentMethodCriteria"] = new JsonArray(),
        ["payJoinEnabled"] = false,
        ["receipt"] = new JsonObject { ["enabled"] = true, ["showQR"] = true, ["showPayments"] = true },
    };

    private static Answer Methods(Call call)
    {
        var methods = new List<string>();
        if (call.Store.Lightning)
            methods.Add(InvoiceMethod.LightningNetwork);
        if (call.Store.OnChain is not null)
            methods.Add(InvoiceMethod.Chain);
        return Answer.Ok(new JsonArray([.. methods.Select(id => new JsonObject { ["enabled"] = true, ["paymentMethodId"] = id })]));
    }

    /// <summary>Takes any derivation scheme for its script type, and a Lightning connection for whether something listens there.</summary>
    private static Answer SetMethod(Call call)
    {
        var config = call.Body["config"] as JsonObject ?? [];
        if (call.Route("paymentMethodId") == InvoiceMethod.LightningNetwork)
        {
            var connection = config["connectionString"]?.ToString() ?? "";
            if (connection != "Internal Node" && !connection.Contains('='))
                return Answer.Invalid(("ConnectionString", "The format of the connectionString should a list of key=value delimited by semicolon"));
            call.Store.Lightning = (bool?)call.Body["enabled"] ?? true;
            call.Store.LightningReachable = connection == "Internal Node";
        }
        else
        {
            var scheme = config["derivationScheme"]?.ToString() ?? "";
            if (!scheme.StartsWith("tpub", StringComparison.Ordinal))
            {
                return Answer.Invalid(
                    ("AccountDerivation", "Invalid account derivation"), ("AccountKeySettings", "Invalid AccountKeySettings"));
            }
            call.Store.OnChain = SchemeSuffix().Match(scheme).Groups[1].Value switch
            {
                "taproot" => AddressKind.Taproot,
                "p2sh" => AddressKind.NestedSegwit,
                "legacy" => AddressKind.Legacy,
                _ => AddressKind.Segwit,
            };
        }
        return Answer.Ok(new JsonObject
        {
            ["enabled"] = true,
            ["config"] = config.DeepClone(),
            ["paymentMethodId"] = call.Route("paymentMethodId"),
        });
    }

    private static Answer Rates(Call call) => Answer.Ok(new JsonArray([.. call.QueryAll("currencyPair").Select(pair =>
    {
        var rate = pair.Split('_') switch
        {
            ["BTC", var currency] => call.Store.RateOf(currency),
            ["SATS", var currency] => call.Store.RateOf(currency) * 0.00000001m,
            _ => null,
        };
        return new JsonObject
        {
            ["currencyPair"] = pair,
            ["rate"] = rate is { } known ? Amounts.Text(known) : null,
            ["errors"] = rate is null ? new JsonArray("RateUnavailable") : new JsonArray(),
        };
    })]));

    /// <summary>Knows scripts of constants; a script that asks an exchange has no rate here, as without a network.</summary>
    private static Answer SetRates(Call call)
    {
        if (!((bool?)call.Body["isCustomScript"] ?? false))
            return Answer.Invalid(("PreferredSource", "Unsupported source, please check /misc/rate-sources to see valid values ()"));
        var script = call.Body["effectiveScript"]?.ToString() ?? "";
        if (!Script().IsMatch(script))
            return Answer.Invalid(("EffectiveScript", "Script syntax is invalid"));
        var rates = call.Route("which") == "fallback" ? call.Store.FallbackRates : call.Store.Rates;
        rates.Clear();
        foreach (Match rule in Constant().Matches(script))
            rates[rule.Groups[1].Value] = decimal.Parse(rule.Groups[2].Value, CultureInfo.InvariantCulture);
        call.Store.Spread = decimal.Parse(call.Body["spread"]?.ToString() ?? "0", CultureInfo.InvariantCulture);
        return Answer.Ok(new JsonObject
        {
            ["spread"] = call.Store.Spread,
            ["isCustomScript"] = true,
            ["effectiveScript"] = script,
            ["preferredSource"] = null,
        });
    }

    [GeneratedRegex(@"-\[(\w+)\]$")]
    private static partial Regex SchemeSuffix();

    [GeneratedRegex(@"^(\s*\w+_\w+\s*=\s*[^;\s][^;]*;?)+\s*$")]
    private static partial Regex Script();

    [GeneratedRegex(@"BTC_([A-Z]+)\s*=\s*([0-9.]+)\s*;")]
    private static partial Regex Constant();
}
