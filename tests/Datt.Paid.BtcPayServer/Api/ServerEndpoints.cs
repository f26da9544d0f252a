using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>The server itself and API keys.</summary>
internal sealed class ServerEndpoints(Greenfield api)
{
    private readonly ServerState _state = api.State;

    public void Map()
    {
        api.Map("GET", "/health", null, _ => Answer.Ok(new JsonObject { ["synchronized"] = true }));
        api.Map("GET", "/server/info", "", _ => Answer.Ok(Info()));
        api.Map("GET", "/api-keys/current", "", call => Answer.Ok(Show(call.Key!)));
        api.Map("POST", "/api-keys", Policies.Unrestricted, Create);
    }

    private JsonObject Info()
    {
        var height = _state.Chain.Height;
        return new JsonObject
        {
            ["syncStatus"] = new JsonArray(new JsonObject
            {
                ["chainHeight"] = height,
                ["syncHeight"] = height,
                ["nodeInformation"] = new JsonObject { ["headers"] = height, ["blocks"] = height, ["verificationProgress"] = 1.0 },
                ["paymentMethodId"] = InvoiceMethod.Chain,
                ["available"] = true,
            }),
            ["version"] = BtcPayTestServer.Version,
            ["onion"] = null,
            ["supportedPaymentMethods"] = new JsonArray(InvoiceMethod.Chain, InvoiceMethod.LightningNetwork, "BTC-LNURL"),
            ["fullySynched"] = true,
        };
    }

    private Answer Create(Call call)
    {
        var permissions = (call.Body["permissions"] as JsonArray ?? []).Select(node => node?.ToString() ?? "").ToList();
        var bad = permissions.Select((text, index) => (text, index)).Where(p => !Policies.IsWellFormed(p.text))
            .Select(p => (FormattableString.Invariant($"permissions[{p.index}]"), "Invalid 'Permission' String")).ToList();
        if (bad.Count > 0)
            return Answer.Invalid(bad);
        var key = new ApiKey(Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(20)), call.Body["label"]?.ToString() ?? "", permissions);
        lock (_state.Watcher.Gate)
            _state.Keys.Add(key.Value, key);
        return Answer.Ok(Show(key));
    }

    private static JsonObject Show(ApiKey key) => new()
    {
        ["apiKey"] = key.Value,
        ["label"] = key.Label,
        ["permissions"] = new JsonArray([.. key.Permissions.Select(permission => JsonValue.Create(permission))]),
    };
}
