using Datt.Paid.Storage;

namespace Datt.Paid.Payments;

/// <summary>Moves an invoice and writes the row of history that goes with it.</summary>
internal static class InvoiceTransition
{
    /// <returns>False when it stands there already, or is settled and stays so.</returns>
    public static bool Move(DattDbContext db, Invoice row, InvoiceStatus to, InvoiceDetail detail, string cause, DateTimeOffset now)
    {
        if (row.Status == InvoiceStatus.Settled)
            to = InvoiceStatus.Settled;
        if (row.Status == to && row.Detail == detail)
            return false;
        db.InvoiceEvents.Add(new InvoiceEvent { InvoiceId = row.Id, At = now, From = row.Status, To = to, Detail = detail, Cause = cause });
        if (to == InvoiceStatus.Settled)
            row.SettledAt ??= now;
        (row.Status, row.Detail) = (to, detail);
        row.Version++;
        return true;
    }
}
