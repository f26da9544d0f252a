using System.Text;
using Datt.Paid.Accounts;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Payments.L402;
using Datt.Paid.Sync.Exchange.Buying;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>Keys, passes, and what payment systems say.</summary>
internal static class PaymentTargets
{
    private static readonly byte[] RootKey = Macaroon.DeriveKey("root"u8);
    private static readonly string Key = "datt_" + new string('a', 12) + "_" + new string('b', 32);

    public static IEnumerable<FuzzTarget> All() =>
    [
        new("api-key", [Text(Key)], bytes => ApiKeyText.TryRead(Encoding.Latin1.GetString(bytes), out _, stackalloc byte[32])),
        new("macaroon", [Macaroon.Make(RootKey, "identifier"u8, ["service=search"u8.ToArray(), "until=1"u8.ToArray()]), Macaroon.Make(RootKey, "i"u8, [])], Pass),
        new("pass-credentials", [Text("dG9rZW4=:00ff"), Text("token=\"dG9rZW4=\", preimage=\"00ff\"")],
            bytes => PassCredentials.TryRead(Encoding.Latin1.GetString(bytes), out _, out _)),
        new("lightning-invoice", [Text("lnbc2500u1pvjluezpp5qqqsyq"), Text("lnbcrt10n1pj")], Invoice),
        new("webhook", [Text("""{"deliveryId":"d","type":"InvoiceSettled","storeId":"store","invoiceId":"abc1"}""")], bytes => WebhookDelivery.InvoiceOf(bytes, "store") is not null),
    ];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static bool Pass(byte[] bytes)
    {
        if (!Macaroon.TryRead(bytes, out var macaroon))
            return false;
        var caveats = 0;
        foreach (var caveat in macaroon.Caveats)
        {
            caveats++;
            _ = caveat.Length;
        }
        Must.Hold(caveats <= Macaroon.MaximumCaveats, "a macaroon has too many caveats");
        _ = macaroon.IsSignedBy(RootKey);
        return true;
    }

    private static bool Invoice(byte[] bytes)
    {
        if (!Bolt11.TryReadSats(Encoding.Latin1.GetString(bytes), out var sats))
            return false;
        Must.Hold(sats > 0, "an invoice asks for nothing");
        return true;
    }
}
