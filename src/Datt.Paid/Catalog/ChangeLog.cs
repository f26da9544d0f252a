namespace Datt.Paid.Catalog;

/// <summary>
/// Which contents changed, for the one reader that tails it (the indexer). Positions count the changes since this process opened the
/// catalog; they mean nothing after a restart. A key can be offered several times: what counts is what the catalog says at the lookup.
/// </summary>
public sealed class ChangeLog
{
    /// <summary>Position of the newest change, 0 before the first.</summary>
    public long Position => throw new NotImplementedException();

    /// <summary>
    /// Whether the reader must index <see cref="ContentCatalog.Keys"/> from scratch, because what changed since its last acknowledgement is
    /// no longer known. It takes <see cref="Position"/> first, indexes all keys, makes that durable and acknowledges the position taken;
    /// that clears the flag. Changes after that position are read as usual.
    /// </summary>
    public bool RebuildNeeded => throw new NotImplementedException();

    /// <summary>Waits until there is something to read: true; false once the catalog is closed and all was read.</summary>
    public ValueTask<bool> WaitAsync(CancellationToken cancel) => throw new NotImplementedException();

    /// <summary>
    /// Moves up to <paramref name="max"/> unread keys, oldest first, to the end of <paramref name="into"/>, without waiting. The first call of this or of
    /// <see cref="WaitAsync"/> attaches the reader: from then on appends wait when it is too far behind.
    /// </summary>
    /// <param name="position">Position of the last key read; everything up to there has been read.</param>
    /// <returns>How many keys were added.</returns>
    public int Read(List<ContentKey> into, int max, out long position) => throw new NotImplementedException();

    /// <summary>
    /// The reader has made everything up to here durable. What is not acknowledged is offered again after a restart; so is a little more than
    /// that, since acknowledgements are only saved with the table.
    /// </summary>
    public void Acknowledge(long position) => throw new NotImplementedException();
}
