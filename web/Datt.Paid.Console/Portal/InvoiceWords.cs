using System.Globalization;
using Datt.Paid.Payments;
using Datt.Paid.Storage;

namespace Datt.Paid.Pages.Portal;

/// <summary>What an invoice's state means for who pays it, in plain words.</summary>
internal static class InvoiceWords
{
    public static string State(InvoiceView invoice) => (invoice.Status, invoice.Detail) switch
    {
        (InvoiceStatus.New, InvoiceDetail.PaidPartial) => "partly paid",
        (InvoiceStatus.New, _) => "waits for payment",
        (InvoiceStatus.Processing, _) => "seen, not confirmed yet",
        (InvoiceStatus.Settled, _) => "paid",
        (InvoiceStatus.Expired, InvoiceDetail.PaidPartial) => "expired, partly paid",
        (InvoiceStatus.Expired, InvoiceDetail.PaidLate) => "expired, paid late",
        (InvoiceStatus.Expired, _) => "expired",
        _ => "not confirmed",
    };

    /// <summary>What happened and what to do now.</summary>
    public static string Explain(InvoiceView invoice) => (invoice.Status, invoice.Detail) switch
    {
        (InvoiceStatus.New, _) when invoice.PaidSats > 0 =>
            $"{Sats(invoice.PaidSats)} came in, {Sats(invoice.DueSats)} are still missing. Pay the rest to the same address before the time is over.",
        (InvoiceStatus.New, _) => "Scan the code with a wallet, or copy the address. This page says so by itself when the payment is seen.",
        (InvoiceStatus.Processing, _) => "The payment is seen. Now the bitcoin network confirms it, which takes some minutes; you can close this page.",
        (InvoiceStatus.Settled, InvoiceDetail.PaidOver) => "Paid. It was more than asked for: the rest is in your balance.",
        (InvoiceStatus.Settled, InvoiceDetail.PaidLate) => "Paid, a little late. Your months began when the money came.",
        (InvoiceStatus.Settled, _) => "Paid. Thank you.",
        (InvoiceStatus.Expired, InvoiceDetail.PaidPartial) => "The time was over before all of it came. What came is in your balance; make a new invoice for the rest.",
        (InvoiceStatus.Expired, InvoiceDetail.PaidLate) => "The money came after the time was over. It is in your balance.",
        (InvoiceStatus.Expired, _) => "The time was over before a payment was seen. If one is still on its way, it goes into your balance. Make a new invoice to go on.",
        _ => "The payment was not confirmed by the bitcoin network, so nothing was charged. Make a new invoice, or ask the operator.",
    };

    public static bool IsOpen(InvoiceView invoice) => invoice.Status == InvoiceStatus.New;

    public static string Sats(long sats) => sats.ToString("N0", CultureInfo.InvariantCulture) + " sat";

    public static string Bitcoin(long sats) => (sats / 100_000_000m).ToString("0.00000000", CultureInfo.InvariantCulture) + " BTC";
}
