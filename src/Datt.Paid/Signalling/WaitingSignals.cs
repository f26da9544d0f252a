namespace Datt.Paid.Signalling;

/// <summary>A message on its way, with its payload as JSON (empty where there is none).</summary>
public sealed record WaitingSignal(SignalKind Kind, string Src, string Dst, byte[] Payload)
{
    /// <summary>Whether another server was found for it, and did not deliver it.</summary>
    internal bool IsBounced { get; init; }
}

/// <summary>
/// Messages for peers that are not there, for a short while. Bounded in number and bytes, for one receiver and in all: who calls
/// nobody in a loop costs himself his messages and no one else.
/// </summary>
internal sealed class WaitingSignals(TimeSpan waitFor, TimeProvider time)
{
    /// <summary>Messages that wait for one receiver: an offer and its candidates, some times over.</summary>
    public const int MaxForOne = 128;

    private const int MaxBytes = 32 * 1_024 * 1_024;
    private const int MaxReceivers = 10_000;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, Line> _lines = new(StringComparer.Ordinal);
    private readonly Queue<Line> _byAge = new();
    private int _count;
    private long _bytes;

    public int Count => Volatile.Read(ref _count);

    /// <summary>Puts a message down. False where there is no room.</summary>
    public bool Add(WaitingSignal signal)
    {
        lock (_lock)
        {
            if (_bytes + signal.Payload.Length > MaxBytes)
                return false;
            if (!_lines.TryGetValue(signal.Dst, out var line))
            {
                if (_lines.Count >= MaxReceivers)
                    return false;
                _lines[signal.Dst] = line = new Line(signal.Dst, time.GetTimestamp());
                _byAge.Enqueue(line);
            }
            if (line.Signals.Count >= MaxForOne)
                return false;
            line.Signals.Add(signal);
            _bytes += signal.Payload.Length;
            _count++;
            return true;
        }
    }

    public bool IsWaitedFor(string dst)
    {
        lock (_lock)
            return _lines.ContainsKey(dst);
    }

    /// <summary>Takes what waits for a peer, in the order in which it came.</summary>
    public IReadOnlyList<WaitingSignal> Take(string dst)
    {
        if (Count == 0)
            return [];
        lock (_lock)
            return _lines.Remove(dst, out var line) ? Emptied(line) : [];
    }

    /// <summary>Peers that something waits for, the longest waiting first.</summary>
    public IReadOnlyList<string> Receivers(int limit)
    {
        if (Count == 0)
            return [];
        lock (_lock)
            return [.. _byAge.Where(line => line.Signals.Count > 0).Take(limit).Select(line => line.Dst)];
    }

    /// <summary>Drops what waited too long and names each sender and receiver once.</summary>
    public IReadOnlyCollection<(string Src, string Dst)> TakeExpired()
    {
        var gone = new HashSet<(string, string)>();
        lock (_lock)
        {
            while (_byAge.TryPeek(out var line) && (line.Signals.Count == 0 || time.GetElapsedTime(line.Since) >= waitFor))
            {
                _byAge.Dequeue();
                if (line.Signals.Count == 0)
                    continue;
                _lines.Remove(line.Dst);
                foreach (var signal in Emptied(line))
                    gone.Add((signal.Src, signal.Dst));
            }
        }
        return gone;
    }

    private List<WaitingSignal> Emptied(Line line)
    {
        var signals = line.Signals;
        line.Signals = [];
        _count -= signals.Count;
        _bytes -= signals.Sum(signal => (long)signal.Payload.Length);
        return signals;
    }

    private sealed class Line(string dst, long since)
    {
        public string Dst => dst;

        public long Since => since;

        public List<WaitingSignal> Signals { get; set; } = [];
    }
}
