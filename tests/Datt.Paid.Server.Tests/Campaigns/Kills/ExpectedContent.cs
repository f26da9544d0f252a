namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>
/// What the server may hold, by everything that was sent to it: for each (node, content) the versions that are possible, null for
/// "not there". An acknowledged change leaves one possibility; one whose answer was lost adds one. Each (node, content) is changed by
/// one client, one change at a time.
/// </summary>
internal sealed class ExpectedContent
{
    private readonly Lock gate = new();
    private readonly Dictionary<(string Node, int Content), HashSet<int?>> possible = [];
    private readonly HashSet<int> touched = [];
    private long acknowledged;

    /// <summary>Changes that were acknowledged.</summary>
    public long Acknowledged => Interlocked.Read(ref acknowledged);

    /// <summary>To be called before a change is sent. A null version is a delete.</summary>
    public void Sending(string node, int content, int? version)
    {
        lock (gate)
        {
            touched.Add(content);
            if (!possible.TryGetValue((node, content), out var states))
                possible[(node, content)] = states = [null];
            states.Add(version);
        }
    }

    /// <summary>The change sent last is durable: nothing older may come back.</summary>
    public void Acknowledge(string node, int content, int? version)
    {
        lock (gate)
            possible[(node, content)] = [version];
        Interlocked.Increment(ref acknowledged);
    }

    /// <summary>What was seen after a restart stays: later restarts may not fall back behind it.</summary>
    public void Observed(string node, int content, int? version)
    {
        lock (gate)
            possible[(node, content)] = [version];
    }

    /// <summary>Every content ever sent, with what each of its nodes may hold.</summary>
    public Dictionary<int, Dictionary<string, HashSet<int?>>> Contents()
    {
        lock (gate)
        {
            return possible
                .GroupBy(p => p.Key.Content)
                .ToDictionary(g => g.Key, g => g.ToDictionary(p => p.Key.Node, p => p.Value.ToHashSet()));
        }
    }

    /// <summary>Contents changed since the last call.</summary>
    public HashSet<int> TakeTouched()
    {
        lock (gate)
        {
            var taken = touched.ToHashSet();
            touched.Clear();
            return taken;
        }
    }
}
