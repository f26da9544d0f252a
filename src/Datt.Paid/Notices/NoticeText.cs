using System.Globalization;
using Datt.Paid.Storage;

namespace Datt.Paid.Notices;

/// <summary>What a notice says to people.</summary>
internal static class NoticeText
{
    public static (string Title, string Text) Of(NoticeKind kind, DateTimeOffset? endsAt, string? invoiceId, string url)
    {
        var server = url.Length > 0 ? url : "the rendezvous server";
        var end = endsAt is { } time ? time.UtcDateTime.ToString("d MMMM yyyy HH:mm 'UTC'", CultureInfo.InvariantCulture) : "its end";
        return kind switch
        {
            NoticeKind.RenewalDue => (
                "Your subscription needs a payment",
                $"Your subscription at {server} ends on {end}, and your balance does not cover the next month. {Invoice(invoiceId)}"
                    + " Paid before that date, it goes on without a gap."),
            NoticeKind.EndsSoon => (
                "Your subscription ends soon",
                $"Your subscription at {server} ends on {end}. Renewal is switched off; buy more months, or switch it on, to go on without a gap."),
            NoticeKind.Grace => (
                "Your subscription has ended",
                $"Your subscription at {server} ended on {end} and was not renewed. Searches work for three more days; a payment until then goes on at the old end."),
            NoticeKind.Expired => (
                "Searches are closed",
                $"Your subscription at {server} ended on {end}, and the days of grace are over. Buy a month whenever you want to search again."),
            NoticeKind.Renewed => (
                "Your subscription was renewed",
                $"Your subscription at {server} went on at {end} for another month, paid from your balance."),
            NoticeKind.ProvisionalLost => (
                "A payment was lost",
                $"A payment to {server} that had been seen but not confirmed is gone: replaced, spent elsewhere, or never confirmed. {Invoice(invoiceId)}"
                    + " The access that it had opened is closed until a payment is confirmed."),
            _ => ("News about your subscription", $"Something about your subscription at {server} has changed. {Invoice(invoiceId)}".TrimEnd()),
        };
    }

    private static string Invoice(string? id) => id is null ? "" : $"The invoice is {id}.";
}
