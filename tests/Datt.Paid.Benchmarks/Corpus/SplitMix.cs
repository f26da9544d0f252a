namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>
/// SplitMix64 (Steele, Lea, Flood 2014): a seeded stream of numbers that is the same on every machine and runtime version, cheap
/// enough to start anew for every record.
/// </summary>
internal struct SplitMix(ulong seed)
{
    private ulong _state = seed;

    public ulong Next()
    {
        _state += 0x9E3779B97F4A7C15;
        var z = _state;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>At least 0 and below <paramref name="bound"/>.</summary>
    public int Below(int bound) => (int)((Next() >> 11) % (ulong)bound);

    /// <summary>At least <paramref name="low"/>, at most <paramref name="high"/>.</summary>
    public int Between(int low, int high) => low + Below(high - low + 1);

    /// <summary>At least 0, below 1.</summary>
    public double Fraction() => (Next() >> 11) * (1.0 / (1UL << 53));
}
