using System.Data.Common;
using System.Reflection;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Migrations;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Storage;

/// <summary>
/// Runs work against the database. A write is one transaction, begun as a writer, so that what it read still holds when it commits; it is
/// run again from a fresh context when another writer was faster, and must therefore have no effect besides the database.
/// </summary>
/// <remarks>
/// What a start reads goes through <see cref="ReadRowsAsync"/>: the entity framework's first use costs most of a second, and is left to the
/// first work that needs it.
/// </remarks>
public sealed class Database(Lazy<IDbContextFactory<DattDbContext>> contexts, Lazy<string> connectionString, ILogger<Database> log)
{
    private const int Attempts = 8;

    // SQLite has one writer and lets the others poll for it; within the process they queue here instead.
    private readonly SemaphoreSlim _writing = new(1, 1);

    public async Task<T> ReadAsync<T>(Func<DattDbContext, Task<T>> work, CancellationToken ct)
    {
        await using var db = await contexts.Value.CreateDbContextAsync(ct);
        db.ChangeTracker.QueryTrackingBehavior = QueryTrackingBehavior.NoTracking;
        return await work(db);
    }

    /// <summary>Reads rows by plain SQL, one after the other, without the entity framework; a column that is renamed has to be renamed here too.</summary>
    /// <param name="sql">Standard SQL with quoted names.</param>
    /// <param name="row">Called for each row; keeps nothing of the reader.</param>
    /// <param name="ct">Ends the reading between two rows.</param>
    /// <param name="parameters">Values of the names in the SQL; nothing from outside is ever put into the text itself.</param>
    public async Task ReadRowsAsync(string sql, Action<DbDataReader> row, CancellationToken ct, params (string Name, object Value)[] parameters)
    {
        await using var connection = new SqliteConnection(connectionString.Value);
        await connection.OpenAsync(ct);
        await using var command = connection.CreateCommand();
        command.CommandText = sql;
        foreach (var (name, value) in parameters)
            command.Parameters.AddWithValue(name, value);
        await using var reader = await command.ExecuteReaderAsync(ct);
        while (await reader.ReadAsync(ct))
        {
            ct.ThrowIfCancellationRequested();
            row(reader);
        }
    }

    /// <summary>Work that itself writes through this class would wait for its own end: it uses the context it is given.</summary>
    public async Task<T> WriteAsync<T>(Func<DattDbContext, Task<T>> work, CancellationToken ct)
    {
        await _writing.WaitAsync(ct);
        try
        {
            return await RetryAsync(work, ct);
        }
        finally
        {
            _writing.Release();
        }
    }

    public Task WriteAsync(Func<DattDbContext, Task> work, CancellationToken ct) => WriteAsync(
        async db =>
        {
            await work(db);
            return true;
        }, ct);

    /// <summary>Brings the file to the newest schema; sets the write-ahead log, which the file remembers.</summary>
    public async Task MigrateAsync(CancellationToken ct)
    {
        if (await NewestMigrationAsync(ct) == KnownMigrations().Last())
            return;
        await using var db = await contexts.Value.CreateDbContextAsync(ct);
        await db.Database.MigrateAsync(ct);
        await db.Database.ExecuteSqlRawAsync("PRAGMA journal_mode=WAL", ct);
    }

    /// <summary>
    /// Name of the newest migration that was applied; null for a new file. Asked by plain SQL: the way through the migrator costs a third of a
    /// second, at each start.
    /// </summary>
    private async Task<string?> NewestMigrationAsync(CancellationToken ct)
    {
        string? newest = null;
        var exists = false;
        await ReadRowsAsync("SELECT 1 FROM sqlite_master WHERE name = '__EFMigrationsHistory'", _ => exists = true, ct);
        if (exists)
        {
            await ReadRowsAsync(
                """SELECT "MigrationId" FROM "__EFMigrationsHistory" ORDER BY "MigrationId" DESC LIMIT 1""", row => newest = row.GetString(0), ct);
        }
        return newest;
    }

    /// <summary>Names of the migrations of this program in their order: what the migrator would say, without it.</summary>
    internal static IEnumerable<string> KnownMigrations() => typeof(DattDbContext).Assembly.GetTypes()
        .Where(type => type.BaseType == typeof(Migration)).Select(type => type.GetCustomAttribute<MigrationAttribute>()!.Id)
        .Order(StringComparer.Ordinal);

    private async Task<T> RetryAsync<T>(Func<DattDbContext, Task<T>> work, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                await using var db = await contexts.Value.CreateDbContextAsync(ct);
                await using var transaction = await db.Database.BeginTransactionAsync(ct);
                var result = await work(db);
                await db.SaveChangesAsync(ct);
                await transaction.CommitAsync(ct);
                return result;
            }
            catch (Exception e) when (attempt < Attempts && IsContention(e))
            {
                log.LogDebug(e, "A transaction met another writer, attempt {Attempt}.", attempt);
            }
        }
    }

    /// <summary>
    /// Whether a fault says that the database cannot be used just now (no room, no permission, an error of the disk, another writer for too
    /// long), so that the same call may go well later; <see cref="WriteAsync{T}"/> has changed nothing then.
    /// </summary>
    public static bool IsUnavailable(Exception fault) => fault switch
    {
        DbUpdateException { InnerException: SqliteException inner } => IsUnavailable(inner),
        // SQLITE_BUSY, _LOCKED, _READONLY, _IOERR, _FULL, _CANTOPEN
        SqliteException { SqliteErrorCode: 5 or 6 or 8 or 10 or 13 or 14 } => true,
        _ => false,
    };

    /// <summary>Another writer had the row, the unique key or the file first: a second look finds what it wrote.</summary>
    private static bool IsContention(Exception e) => e switch
    {
        DbUpdateConcurrencyException => true,
        DbUpdateException { InnerException: SqliteException inner } => IsContention(inner),
        SqliteException { SqliteErrorCode: 5 or 6 } => true, // SQLITE_BUSY, SQLITE_LOCKED
        SqliteException { SqliteExtendedErrorCode: 1555 or 2067 } => true, // SQLITE_CONSTRAINT_PRIMARYKEY, _UNIQUE
        _ => false,
    };
}
