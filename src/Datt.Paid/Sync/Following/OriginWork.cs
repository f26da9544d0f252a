using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Sync.Following;

/// <summary>What is known about where an origin stands, and who said so. One at a time works on it. Thread-safe.</summary>
internal sealed class OriginWork(string origin)
{
    private const int MostTellers = 16;

    /// <summary>Whoever so often could not show what it told of counts as not having said it, until it says it again.</summary>
    private const int MostMisses = 3;

    private static readonly TimeSpan FirstRetry = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan LastRetry = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<string, (HeadNews News, int Misses)> _tellers = new(StringComparer.Ordinal);
    private bool _isRunning;
    private bool _isWanted;
    private int _failures;

    public string Origin => origin;

    /// <summary>When a new epoch was last accepted.</summary>
    public DateTimeOffset EpochAt { get; set; } = DateTimeOffset.MinValue;

    /// <summary>It is not worked on before then, unless somebody tells something new.</summary>
    public DateTimeOffset RetryAt { get; private set; } = DateTimeOffset.MaxValue;

    /// <summary>Head of a manifest that is signed and yet cannot be followed.</summary>
    public Head? Poisoned { get; set; }

    /// <summary>Whether runs are being merged in the background.</summary>
    public int Tidying;

    /// <summary>Notes what a server says; whether it is something new from it.</summary>
    public bool Hear(string teller, HeadNews news)
    {
        lock (_gate)
        {
            if (_tellers.TryGetValue(teller, out var said) && said.News == news)
                return false;
            if (_tellers.Count >= MostTellers && !_tellers.ContainsKey(teller))
                _tellers.Remove(_tellers.MinBy(t => (t.Value.News.Head.Epoch, t.Value.News.Head.Version)).Key);
            _tellers[teller] = (news, 0);
            return true;
        }
    }

    /// <summary>Who said what, the newest head first.</summary>
    public IReadOnlyList<(string Teller, HeadNews News)> Tellers
    {
        get
        {
            lock (_gate)
                return [.. _tellers.OrderByDescending(t => (t.Value.News.Head.Epoch, t.Value.News.Head.Version)).Select(t => (t.Key, t.Value.News))];
        }
    }

    /// <summary>Whether a server said something of it.</summary>
    public bool IsToldBy(string server)
    {
        lock (_gate)
            return _tellers.ContainsKey(server);
    }

    /// <summary>A teller did not show what it told of: no answer, a wrong one, or one of before.</summary>
    public void Missed(string teller)
    {
        lock (_gate)
        {
            if (!_tellers.TryGetValue(teller, out var said))
                return;
            if (said.Misses + 1 < MostMisses)
                _tellers[teller] = said with { Misses = said.Misses + 1 };
            else
                _tellers.Remove(teller);
        }
    }

    /// <summary>Asks for work; true where the caller has to begin it, false where somebody is at it and will go round once more.</summary>
    public bool TryBegin()
    {
        lock (_gate)
        {
            _isWanted = true;
            if (_isRunning)
                return false;
            return _isRunning = true;
        }
    }

    /// <summary>Before each round.</summary>
    public void BeginRound()
    {
        lock (_gate)
            (_isWanted, RetryAt) = (false, DateTimeOffset.MaxValue);
    }

    /// <summary>After each round: whether there is another one.</summary>
    public bool GoesOn()
    {
        lock (_gate)
        {
            if (_isWanted)
                return true;
            return _isRunning = false;
        }
    }

    public void Succeeded()
    {
        lock (_gate)
            _failures = 0;
    }

    /// <summary>It could not be finished; it is tried again later, each time a little later.</summary>
    public void Failed(DateTimeOffset now)
    {
        lock (_gate)
        {
            var after = FirstRetry * Math.Pow(2, Math.Min(_failures++, 10));
            RetryAt = now + (after < LastRetry ? after : LastRetry);
        }
    }
}
