using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Invoices;

namespace Datt.Paid.BtcPayServer.Lightning;

/// <summary>What came of an attempt to pay over Lightning, as the payer sees it.</summary>
public enum LightningOutcome
{
    Paid,

    /// <summary>It was paid before; the payer's node answers from memory and sends nothing.</summary>
    AlreadyPaid,

    Expired,

    /// <summary>The merchant's node does not know it (any more): cancelled, because a newer one took its place.</summary>
    UnknownPaymentDetails,
}

/// <summary>
/// A BOLT11 invoice of the merchant's node. Preimage and payment hash are real; the text begins as BOLT11 does, network and amount
/// included, and is unique, but cannot be decoded.
/// </summary>
internal sealed class LightningInvoice
{
    public LightningInvoice(long millisats, DateTimeOffset expiresAt)
    {
        Millisats = millisats;
        ExpiresAt = expiresAt;
        var preimage = RandomNumberGenerator.GetBytes(32);
        var hash = SHA256.HashData(preimage);
        Preimage = Convert.ToHexStringLower(preimage);
        PaymentHash = Convert.ToHexStringLower(hash);
        var amount = millisats == 0 ? "" : millisats % 100 == 0
            ? string.Create(CultureInfo.InvariantCulture, $"{millisats / 100}n")
            : string.Create(CultureInfo.InvariantCulture, $"{millisats * 10}p");
        Bolt11 = $"lnbcrt{amount}1p{RegtestAddress.Bech32Text(hash)}{RegtestAddress.Bech32Text(RandomNumberGenerator.GetBytes(110))}";
    }

    public string Id { get; } = Ids.New(20);

    /// <summary>0 when the payer chooses.</summary>
    public long Millisats { get; }

    public DateTimeOffset ExpiresAt { get; }

    public string Preimage { get; }

    public string PaymentHash { get; }

    public string Bolt11 { get; }

    /// <summary>The BTCPay invoice it belongs to; null for one made directly.</summary>
    public Invoice? Invoice { get; init; }

    public bool Cancelled { get; set; }

    public DateTimeOffset? PaidAt { get; private set; }

    public long ReceivedMillisats { get; private set; }

    public LightningOutcome Pay(long millisats, DateTimeOffset now)
    {
        if (PaidAt is not null)
            return LightningOutcome.AlreadyPaid;
        if (Cancelled)
            return LightningOutcome.UnknownPaymentDetails;
        if (now >= ExpiresAt)
            return LightningOutcome.Expired;
        PaidAt = now;
        ReceivedMillisats = Millisats == 0 ? millisats : Millisats;
        return LightningOutcome.Paid;
    }

    /// <summary>As <c>/lightning/BTC/invoices</c> shows it.</summary>
    public JsonObject ToJson(DateTimeOffset now)
    {
        var json = new JsonObject
        {
            ["id"] = Id,
            ["status"] = PaidAt is not null ? "Paid" : now >= ExpiresAt ? "Expired" : "Unpaid",
            ["BOLT11"] = Bolt11,
            ["paymentHash"] = PaymentHash,
        };
        if (PaidAt is not null)
            json["preimage"] = Preimage;
        json["paidAt"] = PaidAt?.ToUnixTimeSeconds();
        json["expiresAt"] = ExpiresAt.ToUnixTimeSeconds();
        json["amount"] = Millisats.ToString(CultureInfo.InvariantCulture);
        json["amountReceived"] = PaidAt is null ? null : ReceivedMillisats.ToString(CultureInfo.InvariantCulture);
        return json;
    }
}
