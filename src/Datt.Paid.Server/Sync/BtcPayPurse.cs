using System.Globalization;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Sync.Exchange.Buying;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Sync;

/// <summary>The Lightning node of our BTCPay store as a purse, opened by the key that may spend.</summary>
public sealed class BtcPayPurse(BtcPayClient client, BtcPayTerms terms, IOptions<BtcPayOptions> options, TimeProvider time) : ILightningPurse
{
    private const long MillisatsPerSat = 1_000;
    private const decimal SatsPerBitcoin = 100_000_000m;

    // Shorter than the client's patience, so that a slow payment is told as pending and not as no answer.
    private const int WaitSeconds = 8;

    public bool CanPay => options.Value is { IsSet: true, SpendApiKey.Length: > 0 };

    public async Task<decimal?> SatsPerUnitAsync(string currency, CancellationToken ct)
    {
        try
        {
            return SatsPerBitcoin / (await terms.ReadAsync(currency, time.GetUtcNow(), ct)).Rate;
        }
        catch (ProviderUnavailableException)
        {
            return null;
        }
    }

    public async Task<PayOutcome> PayAsync(string bolt11, long maxFeeSats, CancellationToken ct)
    {
        var payment = new BtcPayNewLightningPayment(bolt11, maxFeeSats.ToString(CultureInfo.InvariantCulture), WaitSeconds);
        var answer = await client.PayLightningInvoiceAsync(payment, ct);
        if (answer.TryGet(out var made, out var failure))
        {
            return made is { Status: "Complete", TotalAmount: >= 0 and var millisats }
                ? new PayOutcome.Paid((millisats + MillisatsPerSat - 1) / MillisatsPerSat)
                : new PayOutcome.Unknown($"BTCPay calls the payment '{made.Status}'.");
        }
        return failure switch
        {
            // Said before anything is sent. Every other word may come after an attempt that still hangs somewhere.
            BtcPayFailure.Refused { Code: "could-not-find-route" } or BtcPayFailure.Invalid or BtcPayFailure.NotFoundOrForbidden or BtcPayFailure.Unauthenticated =>
                new PayOutcome.NotPaid($"BTCPay did not pay: {failure.Message}"),
            _ => new PayOutcome.Unknown($"BTCPay: {failure.Message}"),
        };
    }
}
