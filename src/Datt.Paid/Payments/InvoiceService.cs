namespace Datt.Paid.Payments;

public sealed class InvoiceService
{
    public Task<InvoiceOutcome> CreateAsync(string accountId, InvoiceRequest request, DateTimeOffset now, CancellationToken ct) => throw new NotImplementedException();

    public Task<InvoiceView?> FindAsync(string accountId, string invoiceId, CancellationToken ct) => throw new NotImplementedException();

    public Task<(IReadOnlyList<InvoiceView> Invoices, string? Next)> ListAsync(string accountId, string? cursor, int limit, CancellationToken ct) => throw new NotImplementedException();
}
