namespace Datt.Paid.Sync.Exchange;

/// <summary>
/// Tit for tat: a server is given as many bytes as it gave. What it is given beyond that is covered, byte by byte, by the pool of the day or by the
/// optimistic slot; so all that is ever given is at most all that was taken, a pool a day and a slot a turn, however many names ask. Two servers
/// that need each other's bytes keep each other going, since each answer is the other's credit. Not safe for several threads.
/// </summary>
internal sealed class RunCredit(ExchangeSettings settings, PeerBooks books)
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(30);

    private readonly DailyPool _pool = new(settings.PoolPerDay);
    private readonly OptimisticSlot _slot = new(settings.SlotBytes, settings.SlotTurn);

    public long PoolLeft(DateTimeOffset now) => _pool.Left(now);

    /// <summary>Takes the bytes from whatever covers them, or says when to ask again.</summary>
    public RunGrant? TryTake(RunCaller caller, long bytes, DateTimeOffset now, out TimeSpan retryAfter)
    {
        retryAfter = default;
        var peer = caller.ServerId is null ? null : books.Of(caller.ServerId, now);
        var missing = Math.Max(0, bytes - (peer?.Credit ?? 0));
        var fromPool = Math.Min(missing, _pool.LeftFor(caller.Address, now));
        var fromSlot = missing - fromPool;
        if (fromSlot > 0)
        {
            retryAfter = peer is null ? DailyPool.UntilTomorrow(now) : AskAgain;
            // Who signs nothing has no name to give under, so a turn would be lost on it.
            if (peer is null || !_slot.TryTake(caller.Address, peer.ServerId, fromSlot, now, out retryAfter))
                return null;
        }
        _pool.Draw(caller.Address, fromPool);
        peer?.Give(bytes, covered: fromPool + fromSlot, now);
        return new RunGrant(caller, bytes, DailyPool.DayOf(now), fromPool, fromSlot);
    }

    /// <summary>Puts back what was not sent.</summary>
    public void PutBack(RunGrant grant, long unsent)
    {
        // The slot's part is only for its turn: it no longer counts as covered, and is not given to anybody else.
        var ofSlot = Math.Min(unsent, grant.FromSlot);
        var ofPool = Math.Min(unsent - ofSlot, grant.FromPool);
        _pool.PutBack(grant.Caller.Address, ofPool, grant.Day);
        if (grant.Caller.ServerId is { } id)
            books.TryGet(id)?.PutBack(unsent, ofSlot + ofPool);
    }
}
