using System.Collections.Concurrent;

namespace Datt.Paid.Server.Limits;

/// <summary>
/// Token buckets by caller, as one number each: the time at which the bucket would be full again (the generic cell rate algorithm of
/// ITU-T I.371). Takes no lock. Holds at most <see cref="Capacity"/> callers; when more are active, the newcomers share buckets.
/// </summary>
public sealed class TokenBuckets
{
    /// <summary>Callers that have a bucket of their own.</summary>
    public const int Capacity = 100_000;

    private const int Shared = 1_024;

    private readonly ConcurrentDictionary<UInt128, Bucket> _buckets = new();
    private readonly Bucket[] _shared = Enumerable.Range(0, Shared).Select(_ => new Bucket()).ToArray();
    private readonly TimeProvider _time;
    private readonly long _interval;
    private readonly long _tolerance;
    private int _count;
    private long _sweepAfter;

    /// <summary>Buckets that fill at <paramref name="perSecond"/> (above 0) and hold <paramref name="burst"/> (at least 1).</summary>
    public TokenBuckets(double perSecond, double burst, TimeProvider time)
    {
        ArgumentOutOfRangeException.ThrowIfNegativeOrZero(perSecond);
        ArgumentOutOfRangeException.ThrowIfLessThan(burst, 1);
        _time = time;
        _interval = Math.Max(1, (long)(time.TimestampFrequency / perSecond));
        _tolerance = (long)(_interval * (burst - 1));
    }

    /// <summary>Takes one token of the caller's bucket.</summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="retryAfter">When refused: how long until there is a token again.</param>
    public bool TryTake(UInt128 caller, out TimeSpan retryAfter)
    {
        var now = _time.GetTimestamp();
        var bucket = BucketOf(caller, now);
        while (true)
        {
            var full = Volatile.Read(ref bucket.FullAt);
            var start = Math.Max(full, now);
            if (start - now > _tolerance)
            {
                retryAfter = TimeSpan.FromSeconds((double)(start - now - _tolerance) / _time.TimestampFrequency);
                return false;
            }
            if (Interlocked.CompareExchange(ref bucket.FullAt, start + _interval, full) == full)
            {
                retryAfter = TimeSpan.Zero;
                return true;
            }
        }
    }

    private Bucket BucketOf(UInt128 caller, long now)
    {
        if (_buckets.TryGetValue(caller, out var bucket))
            return bucket;
        if (Volatile.Read(ref _count) >= Capacity)
        {
            Sweep(now);
            if (Volatile.Read(ref _count) >= Capacity)
                return _shared[caller.GetHashCode() & (Shared - 1)];
        }
        bucket = new Bucket();
        if (!_buckets.TryAdd(caller, bucket))
            return _buckets.GetValueOrDefault(caller, bucket);
        Interlocked.Increment(ref _count);
        return bucket;
    }

    // A bucket that is full again says nothing and can go. At most one sweep a second, by whoever comes first.
    private void Sweep(long now)
    {
        var after = Volatile.Read(ref _sweepAfter);
        if (now < after || Interlocked.CompareExchange(ref _sweepAfter, now + _time.TimestampFrequency, after) != after)
            return;
        foreach (var (caller, bucket) in _buckets)
        {
            if (Volatile.Read(ref bucket.FullAt) <= now && _buckets.TryRemove(caller, out _))
                Interlocked.Decrement(ref _count);
        }
    }

    private sealed class Bucket
    {
        public long FullAt = long.MinValue / 2;
    }
}
