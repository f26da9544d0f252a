namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// What the server may hold, by everything that was sent to it: for each (node, content) the versions that are possible, null for
/// "not there". An acknowledged change leaves one possibility; one whose answer was lost adds one. Each (node, content) is changed by
/// one client, one change at a time.
/// </summary>
internal sealed class ExpectedContent
{
    private readonly Lock _gate = new();
    private readonly Dictionary<(string Node, int Content), HashSet<int?>> _possible = [];
    private readonly HashSet<int> _touched = [];
    private long _acknowledged;

    /// <summary>Changes that were _acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref _acknowledged);

    /// <summary>To be called before a change is sent. A null version is a delete.</summary>
    public void Sending(string node, int content, int? version)
    {
        lock (_gate)
        {
            _touched.Add(content);
            if (!_possible.TryGetValue((node, content), out var states))
                _possible[(node, content)] = states = [null];
            states.Add(version);
        }
    }

    /// <summary>The change sent last is durable: nothing older may come back.</summary>
    public void Acknowledge(string node, int content, int? version)
    {
        lock (_gate)
            _possible[(node, content)] = [version];
        Interlocked.Increment(ref _acknowledged);
    }

    /// <summary>What was seen after a restart stays: later restarts may not fall back behind it.</summary>
    public void Observed(string node, int content, int? version)
    {
        lock (_gate)
            _possible[(node, content)] = [version];
    }

    /// <summary>Every content ever sent, with what each of its nodes may hold.</summary>
    public Dictionary<int, Dictionary<string, HashSet<int?>>> Contents()
    {
        lock (_gate)
        {
            return _possible
                .GroupBy(p => p.Key.Content)
                .ToDictionary(g => g.Key, g => g.ToDictionary(p => p.Key.Node, p => p.Value.ToHashSet()));
        }
    }

    /// <summary>Contents changed since the last call.</summary>
    public HashSet<int> TakeTouched()
    {
        lock (_gate)
        {
            var taken = _touched.ToHashSet();
            _touched.Clear();
            return taken;
        }
    }
}
