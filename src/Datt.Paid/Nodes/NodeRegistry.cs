using System.Collections.Concurrent;
using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Nodes;

/// <summary>
/// The nodes of this server: whose each is (in the database, from the first use on), when it was last seen (there too, a little late), and
/// whether it is present (in memory). Looking a node up takes no lock and no database.
/// </summary>
public sealed class NodeRegistry(Database database, TimeProvider time)
{
    /// <summary>Most nodes of one account.</summary>
    public const int MaxOfAccount = 10_000;

    /// <summary>Most nodes of the server.</summary>
    public const int MaxKnown = 1_000_000;

    private const int FlushPage = 500;

    private static readonly TimeSpan CountFresh = TimeSpan.FromSeconds(1);

    private readonly ConcurrentDictionary<string, KnownNode> _nodes = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _ofAccount = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _claiming = new(1, 1);
    private readonly SemaphoreSlim _flushing = new(1, 1);
    private readonly Lock _counting = new();
    private string[] _sorted = [];
    private (DateTimeOffset At, int Online) _count;

    // Nodes whose presence was noted and whose end was not; whoever changes a presence holds the lock.
    private readonly Lock _changing = new();
    private readonly ConcurrentDictionary<string, KnownNode> _present = new(StringComparer.Ordinal);
    private readonly PresenceLog _log = new();

    /// <summary>Nodes that ever used this server.</summary>
    public int Known => _nodes.Count;

    /// <summary>Reads all nodes. Called once before the first request.</summary>
    public Task LoadAsync(CancellationToken ct) => database.ReadRowsAsync(
        """SELECT "NodeId", "AccountId", "LastSeen" FROM "NodeOwners" """,
        row => Add(new KnownNode(row.GetString(0), row.GetString(1), row.GetInt64(2))), ct);

    /// <summary>A node by its name.</summary>
    public bool TryGet(string nodeId, [NotNullWhen(true)] out KnownNode? node) => _nodes.TryGetValue(nodeId, out node);

    /// <summary>
    /// Asks whether the account may speak for the node; the first account that asks gets it, for good, and that is on disk when this returns.
    /// </summary>
    /// <param name="nodeId">A name that the record verifier accepts.</param>
    /// <param name="accountId">Who asks.</param>
    /// <param name="ct">Cancels the waiting.</param>
    public ValueTask<NodeClaim> ClaimAsync(string nodeId, string accountId, CancellationToken ct) => _nodes.TryGetValue(nodeId, out var known)
        ? ValueTask.FromResult(known.AccountId == accountId ? NodeClaim.Yours : NodeClaim.Taken)
        : new ValueTask<NodeClaim>(ClaimNewAsync(nodeId, accountId, ct));

    /// <summary>How far the changes of who is present have come.</summary>
    public PresenceVersion Version
    {
        get
        {
            lock (_changing)
                return _log.Version;
        }
    }

    /// <summary>The node is present for so long from now on: a heartbeat.</summary>
    public void Arrive(string nodeId, NodeEndpoints endpoints, string? kind, TimeSpan ttl)
    {
        var now = time.GetUtcNow();
        Change(_nodes[nodeId], now, node => node.Stays(new Stay(endpoints, kind, ttl, now)));
    }

    /// <summary>The node is present for so long, again with each renewal. What it said before, by heartbeat or an older lease, holds no longer.</summary>
    public PresenceLease Open(string nodeId, NodeEndpoints endpoints, string? kind, TimeSpan length)
    {
        var now = time.GetUtcNow();
        var lease = new PresenceLease(_nodes[nodeId], new Stay(endpoints, kind, length, now), length);
        Change(lease.Node, now, node => node.Leases(lease));
        return lease;
    }

    /// <summary>A sign of life; also brings a node back whose lease had run out. False when another lease or a goodbye ended this one.</summary>
    public bool Renew(PresenceLease lease) => Change(lease, now => lease.Stay.Renew(now));

    /// <summary>Whether the lease is the one that holds: no other one and no goodbye came after it.</summary>
    public bool IsCurrent(PresenceLease lease) => lease.Node.IsLeasedBy(lease);

    /// <summary>The node says something else of itself. False when another lease or a goodbye ended this one.</summary>
    public bool Update(PresenceLease lease, NodeEndpoints endpoints, string? kind) =>
        Change(lease, now => lease.Stay = new Stay(endpoints, kind, lease.Length, now));

    /// <summary>The end of a lease. Does nothing when another one or a goodbye ended it before.</summary>
    public void Close(PresenceLease lease) => Change(lease, _ => lease.Node.Ends(lease));

    /// <summary>The node says goodbye; its name and its records stay.</summary>
    public void Leave(string nodeId)
    {
        var now = time.GetUtcNow();
        if (_nodes.TryGetValue(nodeId, out var known))
            Change(known, now, node => node.Leaves(now));
    }

    /// <summary>The node announced something.</summary>
    public void Seen(string nodeId)
    {
        if (_nodes.TryGetValue(nodeId, out var node))
            node.Seen(time.GetUtcNow().ToUnixTimeMilliseconds());
    }

    /// <summary>Notes what ended by itself, so that followers hear of it. Costs as much as there are nodes present.</summary>
    public void Sweep()
    {
        var now = time.GetUtcNow();
        foreach (var node in _present.Values)
        {
            lock (_changing)
            {
                node.Tidy(now);
                Note(node, now);
            }
        }
    }

    /// <summary>What changed after a version, at most so many nodes; null where that is too long ago or before the last start.</summary>
    public PresenceChanges? ChangesSince(PresenceVersion version, int limit)
    {
        lock (_changing)
            return _log.Since(version, limit);
    }

    /// <summary>Nodes that are present; counted at most once a second.</summary>
    public int CountOnline(DateTimeOffset now)
    {
        lock (_counting)
        {
            if (_count.At == default || now - _count.At >= CountFresh || now < _count.At)
                _count = (now, _present.Values.Count(node => node.IsOnline(now, out _)));
            return _count.Online;
        }
    }

    /// <summary>Nodes by name, those after <paramref name="after"/>; with <paramref name="presentAt"/> those that are present then.</summary>
    public NodePage List(string? after, int limit, DateTimeOffset? presentAt = null)
    {
        var names = Sorted();
        var index = after is null ? 0 : Array.BinarySearch(names, after, StringComparer.Ordinal);
        if (after is not null)
            index = index < 0 ? ~index : index + 1;
        var nodes = new List<KnownNode>(Math.Min(limit, names.Length));
        for (; index < names.Length && nodes.Count < limit; index++)
        {
            var node = _nodes[names[index]];
            if (presentAt is not { } now || node.IsOnline(now, out _))
                nodes.Add(node);
        }
        return new NodePage(nodes, index < names.Length ? nodes[^1].NodeId : null);
    }

    /// <summary>Nodes last seen before a time.</summary>
    public IReadOnlyList<KnownNode> UnseenSince(DateTimeOffset before) => [.. _nodes.Values.Where(node => node.LastSeen < before)];

    /// <summary>Writes when nodes were last seen, as far as that changed.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await _flushing.WaitAsync(ct);
        try
        {
            var changed = _nodes.Values.Where(node => node.TakeUnsaved()).ToList();
            foreach (var page in changed.Chunk(FlushPage))
                await SaveAsync(page, ct);
        }
        finally
        {
            _flushing.Release();
        }
    }

    private bool Change(PresenceLease lease, Action<DateTimeOffset> change)
    {
        lock (_changing)
        {
            if (!lease.Node.IsLeasedBy(lease))
                return false;
            var now = time.GetUtcNow();
            Change(lease.Node, now, _ => change(now));
            return true;
        }
    }

    private void Change(KnownNode node, DateTimeOffset now, Action<KnownNode> change)
    {
        lock (_changing)
        {
            // What ran out unseen is noted first: somebody may have read it as gone.
            Note(node, now);
            change(node);
            Note(node, now);
        }
    }

    /// <summary>Under the lock: numbers a change if others see the node otherwise than when it was noted last.</summary>
    private void Note(KnownNode node, DateTimeOffset now)
    {
        var before = node.Noted;
        var after = node.TryGetStay(now, out var stay) ? stay : null;
        if (ReferenceEquals(before, after))
            return;
        node.Noted = after;
        if (after is null)
            _present.TryRemove(node.NodeId, out _);
        else if (before is null)
            _present.TryAdd(node.NodeId, node);
        if (before is null || after is null || !before.SaysAs(after))
            _log.Changed(node);
    }

    private async Task SaveAsync(KnownNode[] page, CancellationToken ct)
    {
        try
        {
            var seen = page.ToDictionary(node => node.NodeId, node => node.LastSeen);
            await database.WriteAsync(
                async db =>
                {
                    var names = seen.Keys.ToList();
                    foreach (var row in await db.NodeOwners.Where(row => names.Contains(row.NodeId)).ToListAsync(ct))
                        row.LastSeen = seen[row.NodeId];
                }, ct);
        }
        catch
        {
            foreach (var node in page)
                node.MarkUnsaved();
            throw;
        }
    }

    private async Task<NodeClaim> ClaimNewAsync(string nodeId, string accountId, CancellationToken ct)
    {
        await _claiming.WaitAsync(ct);
        try
        {
            if (_nodes.TryGetValue(nodeId, out var known))
                return known.AccountId == accountId ? NodeClaim.Yours : NodeClaim.Taken;
            if (_nodes.Count >= MaxKnown)
                return NodeClaim.ServerFull;
            if (_ofAccount.GetValueOrDefault(accountId) >= MaxOfAccount)
                return NodeClaim.TooManyOfAccount;
            var now = time.GetUtcNow();
            var row = await database.WriteAsync(
                async db =>
                {
                    if (await db.NodeOwners.FirstOrDefaultAsync(n => n.NodeId == nodeId, ct) is { } there)
                        return there;
                    var added = new NodeOwner { NodeId = nodeId, AccountId = accountId, FirstSeen = now, LastSeen = now };
                    db.NodeOwners.Add(added);
                    return added;
                }, ct);
            Add(new KnownNode(nodeId, row.AccountId, row.LastSeen.ToUnixTimeMilliseconds()));
            return row.AccountId == accountId ? NodeClaim.Yours : NodeClaim.Taken;
        }
        finally
        {
            _claiming.Release();
        }
    }

    private void Add(KnownNode node)
    {
        if (_nodes.TryAdd(node.NodeId, node))
            _ofAccount.AddOrUpdate(node.AccountId, 1, static (_, count) => count + 1);
    }

    // Names only ever come, so an equal count means equal names.
    private string[] Sorted()
    {
        var sorted = Volatile.Read(ref _sorted);
        if (sorted.Length == _nodes.Count)
            return sorted;
        sorted = [.. _nodes.Keys];
        Array.Sort(sorted, StringComparer.Ordinal);
        Volatile.Write(ref _sorted, sorted);
        return sorted;
    }
}
