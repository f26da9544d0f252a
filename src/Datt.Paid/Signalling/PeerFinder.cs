using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.Signalling;

/// <summary>
/// Finds the server at which a peer is open by asking the others, many at once and for a short time. Where several say that they have it, the
/// highest SHA-256 of peer and server id decides: all who ask agree without talking to each other, and no server is first for every name.
/// </summary>
internal sealed class PeerFinder(Func<string, ServerLink> links, IOtherServers servers, TimeProvider time)
{
    /// <summary>Servers asked for one peer, those that answer soonest.</summary>
    public const int MaxAsked = 128;

    private const int Capacity = 20_000;

    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Grace = TimeSpan.FromMilliseconds(150);
    private static readonly TimeSpan FoundLife = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan AbsentLife = TimeSpan.FromMilliseconds(400);

    private readonly ConcurrentDictionary<string, Place> _places = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, bool> _seeking = new(StringComparer.Ordinal);

    /// <summary>What is known now. Null: has to be asked.</summary>
    public string? Known(string id) => _places.TryGetValue(id, out var place) && place.Server is not null && IsFresh(place) ? place.Server : null;

    /// <summary>The peer was not there, or its server does not answer.</summary>
    public void Forget(string id, string server)
    {
        if (_places.TryGetValue(id, out var place) && place.Server == server)
            _places.TryRemove(new KeyValuePair<string, Place>(id, place));
    }

    /// <summary>Begins to ask, unless somebody does already or the last answer is young.</summary>
    /// <param name="id">A legal id.</param>
    /// <param name="found">Called once with the server, where there is one.</param>
    public void Seek(string id, Action<string, string> found)
    {
        if (_places.TryGetValue(id, out var place) && IsFresh(place))
        {
            if (place.Server is not null)
                found(id, place.Server);
            return;
        }
        if (_seeking.Count < Capacity && _seeking.TryAdd(id, true))
            _ = SeekAsync(id, found);
    }

    private async Task SeekAsync(string id, Action<string, string> found)
    {
        string? server = null;
        try
        {
            server = await AskAsync(id);
        }
        finally
        {
            if (_places.Count >= Capacity)
                Sweep();
            _places[id] = new Place(server, time.GetTimestamp());
            _seeking.TryRemove(id, out _);
        }
        if (server is not null)
            found(id, server);
    }

    private async Task<string?> AskAsync(string id)
    {
        var asked = servers.Reachable.Take(MaxAsked).Select(server => (Server: server, Answer: links(server).IsOpenAsync(id))).ToList();
        if (asked.Count == 0)
            return null;
        var all = Task.WhenAll(asked.Select(each => each.Answer));
        var first = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        foreach (var (_, answer) in asked)
            _ = answer.ContinueWith(done => done.Result && first.TrySetResult(), TaskScheduler.Default);
        using var enough = new CancellationTokenSource();
        await Task.WhenAny(all, first.Task, Task.Delay(Deadline, time, enough.Token));
        // Others may say so too; whoever is slower than this has lost.
        if (!all.IsCompleted && first.Task.IsCompleted)
            await Task.WhenAny(all, Task.Delay(Grace, time, enough.Token));
        await enough.CancelAsync();
        return asked.Where(each => each.Answer is { IsCompletedSuccessfully: true, Result: true }).Select(each => each.Server)
            .MaxBy(server => RankOf(id, server), StringComparer.Ordinal);
    }

    // Hexadecimal of one length, so ordinal order is the order of the numbers.
    internal static string RankOf(string id, string server) => Convert.ToHexString(SHA256.HashData(Encoding.UTF8.GetBytes($"{id}\n{server}")));

    private bool IsFresh(Place place) => time.GetElapsedTime(place.At) < (place.Server is null ? AbsentLife : FoundLife);

    private void Sweep()
    {
        foreach (var (id, place) in _places)
        {
            if (!IsFresh(place))
                _places.TryRemove(id, out _);
        }
        // All of them young: they are cheaper to ask for again than to keep.
        if (_places.Count >= Capacity)
            _places.Clear();
    }

    private sealed record Place(string? Server, long At);
}
