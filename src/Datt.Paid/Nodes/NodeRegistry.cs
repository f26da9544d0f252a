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

    /// <summary>The node is present for so long from now on.</summary>
    public void Arrive(string nodeId, NodeEndpoints endpoints, string? kind, TimeSpan ttl) =>
        _nodes[nodeId].Stays(endpoints, kind, ttl, time.GetUtcNow());

    /// <summary>The node says goodbye; its name and its records stay.</summary>
    public void Leave(string nodeId)
    {
        if (_nodes.TryGetValue(nodeId, out var node))
            node.Leaves(time.GetUtcNow());
    }

    /// <summary>The node announced something.</summary>
    public void Seen(string nodeId)
    {
        if (_nodes.TryGetValue(nodeId, out var node))
            node.Seen(time.GetUtcNow());
    }

    /// <summary>Nodes that are present; counted at most once a second.</summary>
    public int CountOnline(DateTimeOffset now)
    {
        lock (_counting)
        {
            if (_count.At == default || now - _count.At >= CountFresh || now < _count.At)
                _count = (now, _nodes.Values.Count(node => node.IsOnline(now, out _)));
            return _count.Online;
        }
    }

    /// <summary>Nodes by name, those after <paramref name="after"/>.</summary>
    public NodePage List(string? after, int limit)
    {
        var names = Sorted();
        var index = after is null ? 0 : Array.BinarySearch(names, after, StringComparer.Ordinal);
        if (after is not null)
            index = index < 0 ? ~index : index + 1;
        var nodes = new List<KnownNode>(Math.Min(limit, names.Length));
        for (; index < names.Length && nodes.Count < limit; index++)
            nodes.Add(_nodes[names[index]]);
        return new NodePage(nodes, index < names.Length ? nodes[^1].NodeId : null);
    }

    /// <summary>Nodes last seen before a time.</summary>
    public IReadOnlyList<KnownNode> UnseenSince(DateTimeOffset before) => [.. _nodes.Values.Where(node => node.LastSeen < before)];

    /// <summary>Writes when nodes were last seen, as far as that changed, and frees what expired presences hold.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await _flushing.WaitAsync(ct);
        try
        {
            var now = time.GetUtcNow();
            var changed = new List<KnownNode>();
            foreach (var node in _nodes.Values)
            {
                node.Expire(now);
                if (node.TakeUnsaved())
                    changed.Add(node);
            }
            foreach (var page in changed.Chunk(FlushPage))
                await SaveAsync(page, ct);
        }
        finally
        {
            _flushing.Release();
        }
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
