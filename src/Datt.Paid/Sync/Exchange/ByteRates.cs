namespace Datt.Paid.Sync.Exchange;

/// <summary>
/// Bytes a second by caller (the generic cell rate algorithm of ITU-T I.371). A request is let in while the caller is not ahead by more than a
/// burst, whatever its own size, so that a single large one is never refused for good. Not safe for several threads.
/// </summary>
internal sealed class ByteRates(long bytesPerSecond)
{
    /// <summary>Callers that are told apart; further ones share one rate.</summary>
    internal const int Capacity = 50_000;

    private static readonly TimeSpan Burst = TimeSpan.FromSeconds(10);

    private readonly Dictionary<string, DateTimeOffset> _paidOff = new(StringComparer.Ordinal);
    private DateTimeOffset _sweepAfter;

    /// <summary>Counts the bytes and says yes, or says how long to wait.</summary>
    public bool TryTake(string caller, long bytes, DateTimeOffset now, out TimeSpan retryAfter)
    {
        retryAfter = default;
        if (bytesPerSecond == 0)
            return true;
        if (_paidOff.Count >= Capacity && !_paidOff.ContainsKey(caller))
        {
            Sweep(now);
            if (_paidOff.Count >= Capacity)
                caller = "";
        }
        var from = _paidOff.TryGetValue(caller, out var paidOff) && paidOff > now ? paidOff : now;
        if (from - now > Burst)
        {
            retryAfter = from - now - Burst;
            return false;
        }
        _paidOff[caller] = from + TimeSpan.FromSeconds((double)bytes / bytesPerSecond);
        return true;
    }

    private void Sweep(DateTimeOffset now)
    {
        if (now < _sweepAfter)
            return;
        _sweepAfter = now + TimeSpan.FromSeconds(1);
        foreach (var (caller, paidOff) in _paidOff)
        {
            if (paidOff <= now)
                _paidOff.Remove(caller);
        }
    }
}
