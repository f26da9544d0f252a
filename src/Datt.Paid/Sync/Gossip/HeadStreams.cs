using System.Collections.Concurrent;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Sync.Gossip;

/// <summary>Holds a head stream to each neighbour, and as a safety net asks one server after the other for the digest of all its heads.</summary>
public sealed class HeadStreams(
    Swarm swarm, ServerDirectory servers, IFeedSource source, ServerKey self, SyncSettings settings, TimeProvider time, ILogger<HeadStreams> log)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan FirstRetry = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan LastRetry = TimeSpan.FromSeconds(30);
    private const int MostPages = 200;

    private readonly ConcurrentDictionary<string, Held> _streams = new(StringComparer.Ordinal);
    private int _turn;

    /// <summary>Neighbours whose stream is open now.</summary>
    public IReadOnlyList<string> Open => [.. _streams.Where(s => s.Value.IsOpen).Select(s => s.Key).Order(StringComparer.Ordinal)];

    /// <summary>Keeps the streams to the neighbours of the moment until it is told to stop.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        string[] chosenOf = [];
        var wanted = new HashSet<string>();
        try
        {
            while (settings.Follow)
            {
                var alive = Candidates();
                if (!alive.AsSpan().SequenceEqual(chosenOf))
                    (chosenOf, wanted) = (alive, NeighbourChoice.Of(self.Id, alive, settings.Neighbours).ToHashSet(StringComparer.Ordinal));
                foreach (var (server, held) in _streams)
                {
                    if (!wanted.Contains(server) && _streams.TryRemove(server, out _))
                        await held.Stop.CancelAsync();
                }
                foreach (var server in wanted.Where(id => !_streams.ContainsKey(id)))
                {
                    var held = new Held(CancellationTokenSource.CreateLinkedTokenSource(ct));
                    _streams[server] = held;
                    _ = Task.Run(() => HoldAsync(server, held), CancellationToken.None);
                }
                swarm.Retry();
                await Task.Delay(Look, time, ct);
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    /// <summary>Compares all heads with one server, another one each time; a digest first.</summary>
    public async Task PollAsync(CancellationToken ct)
    {
        var alive = Candidates();
        if (alive.Length == 0 || !settings.Follow)
            return;
        await CompareAsync(alive[(int)((uint)_turn++ % (uint)alive.Length)], ct);
    }

    /// <summary>
    /// The servers that are alive, and where these are too few also those that were silent last: the crawler looks at them ever more seldom, and who was cut off for a
    /// moment must not wait for that.
    /// </summary>
    private string[] Candidates()
    {
        var all = servers.All;
        var alive = all.Where(s => s.State == ServerState.Alive).Select(s => s.Id).ToArray();
        return alive.Length >= settings.Neighbours
            ? alive
            : [.. alive, .. all.Where(s => s.State == ServerState.Silent).OrderByDescending(s => s.LastSeen).ThenBy(s => s.Id, StringComparer.Ordinal).Take(settings.Neighbours - alive.Length).Select(s => s.Id)];
    }

    /// <summary>Takes in whatever a server shows that is not shown here; true where it answered.</summary>
    public async Task<bool> CompareAsync(string server, CancellationToken ct)
    {
        string? cursor = null;
        for (var page = 0; page < MostPages; page++)
        {
            var answer = await source.HeadsAsync(server, page == 0 ? swarm.Heads.Digest : null, cursor, ct);
            if (answer is not HeadsAnswer.Page heads)
                return answer is HeadsAnswer.Same;
            foreach (var news in heads.Heads)
                swarm.Hear(server, news);
            if (heads.Next is null)
                return true;
            cursor = heads.Next;
        }
        return true;
    }

    private async Task HoldAsync(string server, Held held)
    {
        var retry = FirstRetry;
        var ct = held.Stop.Token;
        try
        {
            while (!ct.IsCancellationRequested)
            {
                await foreach (var heads in source.StreamAsync(server, ct))
                {
                    var isOpened = !held.IsOpen;
                    (held.IsOpen, retry) = (true, FirstRetry);
                    foreach (var news in heads)
                        swarm.Hear(server, news);
                    if (isOpened)
                        swarm.Back(server);
                }
                held.IsOpen = false;
                await Task.Delay(retry, time, ct);
                retry = retry * 2 < LastRetry ? retry * 2 : LastRetry;
            }
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
        catch (Exception error)
        {
            log.LogError(error, "The head stream of {Server} ended by a fault; it is opened again when its place is looked at.", server);
            _streams.TryRemove(server, out _);
        }
        finally
        {
            held.IsOpen = false;
            held.Stop.Dispose();
        }
    }

    private sealed class Held(CancellationTokenSource stop)
    {
        public CancellationTokenSource Stop => stop;

        public volatile bool IsOpen;
    }
}
