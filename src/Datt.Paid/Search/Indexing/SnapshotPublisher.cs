using Datt.Paid.Search.Execution;

namespace Datt.Paid.Search.Indexing;

/// <summary>
/// Makes what the index holds the newest snapshot, each with a number of its own: at the start, with each refresh, and when the index was opened again
/// after a fault, which may be while a refresh of the one before is still under way.
/// </summary>
internal sealed class SnapshotPublisher(Snapshots snapshots, SearchSettings settings, TimeProvider time)
{
    private long _publishedAt;
    private uint _generation;

    /// <summary>
    /// How long the newest snapshot is to stay the newest yet, because it has cursors, which keep it for minutes: so there are never more than lifetime /
    /// RefreshUnderLoad of those.
    /// </summary>
    public TimeSpan Stays => snapshots.IsNewestPinned ? settings.RefreshUnderLoad - time.GetElapsedTime(Volatile.Read(ref _publishedAt)) : TimeSpan.Zero;

    /// <summary>Publishes a snapshot of the index as the indexer opened it, which then learns what it holds.</summary>
    public void Open(Indexer indexer)
    {
        var snapshot = Snapshot.Open(indexer.OpenReader(), null, Interlocked.Increment(ref _generation));
        snapshot.TryHold();
        try
        {
            Publish(snapshot);
            indexer.Learn(snapshot);
        }
        finally
        {
            snapshot.LetGo();
        }
    }

    /// <summary>Publishes what changed in the index since the newest snapshot, if anything did.</summary>
    public void Refresh(Indexer indexer, bool inBulk)
    {
        var newest = snapshots.Hold();
        try
        {
            if (indexer.Refresh(newest.Reader, inBulk) is { } reader)
                Publish(Snapshot.Open(reader, newest, Interlocked.Increment(ref _generation)));
        }
        finally
        {
            newest.LetGo();
        }
    }

    private void Publish(Snapshot snapshot)
    {
        Volatile.Write(ref _publishedAt, time.GetTimestamp());
        snapshots.Publish(snapshot);
    }
}
