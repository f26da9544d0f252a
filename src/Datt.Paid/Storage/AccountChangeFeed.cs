using System.Data.Common;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Storage;

/// <summary>
/// Tells readers of <see cref="AccountChange"/> that a commit added to it. The rows are written by the context itself in the same
/// transaction, and the signal comes from EF's own commit, so no code path can forget either.
/// </summary>
public sealed class AccountChangeFeed(ILogger<AccountChangeFeed> log) : DbTransactionInterceptor
{
    private volatile Func<CancellationToken, Task>[] _readers = [];

    /// <summary>The reader is awaited before the commit returns to its caller; a failing reader does not undo the commit.</summary>
    public void Subscribe(Func<CancellationToken, Task> reader) => _readers = [.. _readers, reader];

    /// <summary>Readers are awaited, which a commit that blocks cannot do: it is refused before anything of it is kept.</summary>
    /// <exception cref="InvalidOperationException">The commit has changes of accounts.</exception>
    public override InterceptionResult TransactionCommitting(DbTransaction transaction, TransactionEventData eventData, InterceptionResult result) =>
        eventData.Context is DattDbContext { HasAccountChanges: true }
            ? throw new InvalidOperationException("Changes of accounts are committed by CommitAsync or SaveChangesAsync.")
            : result;

    public override Task TransactionCommittedAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default) =>
        Take(eventData) ? SignalAsync() : Task.CompletedTask;

    public override void TransactionRolledBack(DbTransaction transaction, TransactionEndEventData eventData) => Take(eventData);

    public override Task TransactionRolledBackAsync(
        DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Take(eventData);
        return Task.CompletedTask;
    }

    private static bool Take(TransactionEndEventData eventData)
    {
        if (eventData.Context is not DattDbContext { HasAccountChanges: true } context)
            return false;
        context.HasAccountChanges = false;
        return true;
    }

    private async Task SignalAsync()
    {
        foreach (var reader in _readers)
        {
            try
            {
                await reader(CancellationToken.None);
            }
            catch (Exception e)
            {
                log.LogError(e, "A reader of account changes failed; it catches up at its next poll.");
            }
        }
    }
}
