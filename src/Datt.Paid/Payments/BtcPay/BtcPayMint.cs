using System.Globalization;
using Datt.Paid.Payments.L402;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>Single invoices of the Lightning node that a BTCPay store uses. The key can make and read them, not pay.</summary>
public sealed class BtcPayMint(BtcPayClient client, IOptions<BtcPayOptions> options) : ILightningMint
{
    private const long MillisatsPerSat = 1_000;

    public PaymentProviderKind Kind => PaymentProviderKind.BtcPay;

    public string Store => options.Value.IsSet ? options.Value.StoreId : "";

    public async Task<MintedInvoice> MintAsync(long sats, string description, TimeSpan lifetime, CancellationToken ct)
    {
        var order = new BtcPayNewLightningInvoice(
            (sats * MillisatsPerSat).ToString(CultureInfo.InvariantCulture), description, (long)Math.Ceiling(lifetime.TotalSeconds));
        var made = (await client.CreateLightningInvoiceAsync(order, ct)).OrThrow("no Lightning invoice could be made");
        return new MintedInvoice(made.Id, made.Bolt11, made.PaymentHash.ToLowerInvariant());
    }

    public async Task<LightningReading?> ReadAsync(string id, CancellationToken ct)
    {
        var answer = await client.LightningInvoiceAsync(id, ct);
        if (answer.Failure is BtcPayFailure.NotFoundOrForbidden)
            return null;
        var read = answer.OrThrow($"Lightning invoice {id} cannot be read");
        var status = read.Status switch
        {
            "Paid" => LightningStatus.Paid,
            "Expired" => LightningStatus.Expired,
            _ => LightningStatus.Unpaid,
        };
        var received = status == LightningStatus.Paid ? (read.AmountReceived ?? read.Amount) / MillisatsPerSat : 0;
        return new LightningReading(status, received, read.PaymentHash.ToLowerInvariant());
    }
}
