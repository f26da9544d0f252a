using Datt.Paid.Storage;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Payments;

/// <summary>
/// How many invoices there are in each state. Who asks gets what was counted last, at once; the count is made anew behind the answer, not more often than every
/// <see cref="Age"/>, and not at all while nobody asks.
/// </summary>
public sealed class InvoiceFigures(Database database, TimeProvider time, ILogger<InvoiceFigures> log)
{
    /// <summary>A count that is younger is not made anew.</summary>
    public static readonly TimeSpan Age = TimeSpan.FromSeconds(15);

    private readonly long[] _counts = new long[Enum.GetValues<InvoiceStatus>().Length];
    private Task _counting = Task.CompletedTask;
    private long _countedAt;
    private bool _isCounted;

    /// <summary>Invoices by state, every state named; empty before the first count.</summary>
    public IReadOnlyList<(InvoiceStatus Status, long Count)> Read()
    {
        lock (_counts)
        {
            if (_counting.IsCompleted && (!_isCounted || time.GetElapsedTime(_countedAt) >= Age))
                _counting = Task.Run(CountAsync);
            return _isCounted ? [.. Enum.GetValues<InvoiceStatus>().Select(status => (status, _counts[(int)status]))] : [];
        }
    }

    private async Task CountAsync()
    {
        var counts = new long[_counts.Length];
        try
        {
            await database.ReadRowsAsync(
                """SELECT "Status", COUNT(*) FROM "Invoices" GROUP BY "Status" """, row => counts[row.GetInt32(0)] = row.GetInt64(1), CancellationToken.None);
        }
        catch (Exception fault) when (fault is not OutOfMemoryException)
        {
            log.LogWarning(fault, "The invoices could not be counted; the figures stay as they were");
            return;
        }
        lock (_counts)
        {
            counts.CopyTo(_counts, 0);
            _countedAt = time.GetTimestamp();
            _isCounted = true;
        }
    }
}
