using System.Collections.Concurrent;

namespace Datt.Paid.Nodes;

/// <summary>A server whose nodes are followed.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Url">Where it answers.</param>
public readonly record struct FollowedServer(string Id, Uri Url);

/// <summary>
/// Keeps <see cref="RemoteNodes"/> up to date: each server is asked every <see cref="Interval"/>, one that fails less and less often. At most
/// <see cref="AtOnce"/> are asked at once, so a slow one holds up no other.
/// </summary>
public sealed class RemoteNodeFollower(RemoteNodeReader reader, RemoteNodes remote, Func<IEnumerable<FollowedServer>> servers, TimeProvider time)
{
    /// <summary>Between two questions to a server that answers.</summary>
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(20);

    /// <summary>Servers asked at the same time.</summary>
    public const int AtOnce = 32;

    private static readonly TimeSpan ForAllPages = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    private readonly ConcurrentDictionary<string, Turn> _turns = new(StringComparer.Ordinal);
    private readonly SemaphoreSlim _slots = new(AtOnce, AtOnce);

    /// <summary>Begins to ask every server that is due and returns at once; called every second or so.</summary>
    /// <returns>The questions under way, for whoever wants to wait for them.</returns>
    public Task StepAsync(CancellationToken ct)
    {
        var now = time.GetTimestamp();
        var followed = servers().ToList();
        var known = followed.Select(server => server.Id).ToHashSet(StringComparer.Ordinal);
        foreach (var gone in _turns.Keys.Where(id => !known.Contains(id)))
            _turns.TryRemove(gone, out _);
        remote.Keep(known);
        var asking = new List<Task>();
        foreach (var server in followed)
        {
            var turn = _turns.GetOrAdd(server.Id, static _ => new Turn());
            if ((turn.Asked && time.GetElapsedTime(turn.Last, now) < turn.Pause) || !turn.TryBegin())
                continue;
            if (!_slots.Wait(0, CancellationToken.None))
            {
                turn.End();
                break;
            }
            asking.Add(AskAsync(server, turn, ct));
        }
        return Task.WhenAll(asking);
    }

    private async Task AskAsync(FollowedServer server, Turn turn, CancellationToken ct)
    {
        try
        {
            turn.Last = time.GetTimestamp();
            turn.Asked = true;
            var reading = await ReadAsync(server, ct);
            turn.Failures = reading == RemoteReading.Done ? 0 : turn.Failures + 1;
            turn.Pause = turn.Failures == 0 ? Interval : Min(Longest, Interval * Math.Pow(2, Math.Min(turn.Failures - 1, 6)));
        }
        finally
        {
            _slots.Release();
            turn.End();
        }
    }

    private async Task<RemoteReading> ReadAsync(FollowedServer server, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(ForAllPages, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await reader.ReadAsync(server.Id, server.Url, either.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return RemoteReading.Failed;
        }
    }

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;

    private sealed class Turn
    {
        private int _busy;

        public long Last { get; set; }

        public bool Asked { get; set; }

        public int Failures { get; set; }

        public TimeSpan Pause { get; set; } = Interval;

        public bool TryBegin() => Interlocked.Exchange(ref _busy, 1) == 0;

        public void End() => Volatile.Write(ref _busy, 0);
    }
}
