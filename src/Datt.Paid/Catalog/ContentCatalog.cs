using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Catalog;

/// <summary>
/// All contents this server knows: the own feed (write-ahead log, runs, manifest) as the truth, and the table derived from it that lookups
/// are answered from. Thread-safe; one process per directory.
/// </summary>
public sealed class ContentCatalog : IAsyncDisposable
{
    /// <summary>Most statements in one call of <see cref="AppendAsync"/>.</summary>
    public const int MaxBatch = 10_000;

    private ContentCatalog()
    {
    }

    /// <summary>Opens or creates the catalog and brings it to where the feed stands.</summary>
    /// <exception cref="CatalogDamagedException">The feed on disk is damaged in a way no crash leaves behind.</exception>
    public static Task<ContentCatalog> OpenAsync(
        CatalogSettings settings, ServerKey key, TimeProvider time, ILogger<ContentCatalog> log, CancellationToken cancel) =>
        throw new NotImplementedException();

    /// <summary>Changed contents, for the indexer.</summary>
    public ChangeLog Changes { get; } = new(15_000);

    /// <summary>Counts as of now.</summary>
    public CatalogFigures Figures => throw new NotImplementedException();

    /// <summary>
    /// Takes statements of own nodes, in order. Completes when they are durable and can be looked up. Waits while too many appends or unread
    /// changes are waiting. A withdrawal of what is not there, and a statement that already stands word for word, write nothing.
    /// </summary>
    /// <exception cref="ArgumentException">More than <see cref="MaxBatch"/> statements.</exception>
    /// <exception cref="OperationCanceledException">Cancelled before the batch was queued; nothing of it is written.</exception>
    public Task<AppendOutcome> AppendAsync(IReadOnlyList<Announcement> batch, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Looks a content up: about two microseconds, never waits for a writer.</summary>
    public bool TryGet(ContentKey key, [MaybeNullWhen(false)] out CatalogEntry entry) => throw new NotImplementedException();

    /// <summary>Every content that is there during the whole enumeration, and perhaps some that come or go meanwhile.</summary>
    public IEnumerable<ContentKey> Keys() => throw new NotImplementedException();

    /// <summary>Live records of a node; 0 for an unknown one.</summary>
    public long RecordsOf(NodeKey node) => throw new NotImplementedException();

    /// <summary>Deletes all records of an own node by tombstones in the feed.</summary>
    /// <returns>How many were deleted.</returns>
    /// <exception cref="IOException">The feed cannot be written now; those deleted so far stay deleted, and the call may be repeated.</exception>
    public Task<int> ForgetNodeAsync(string nodeId, CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>Finishes what is queued, seals, saves the table and closes the files.</summary>
    public ValueTask DisposeAsync() => throw new NotImplementedException();
}
