using System.Net;
using System.Security.Cryptography;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Sharing;

/// <summary>How a folder is shared.</summary>
public sealed record ShareOptions
{
    /// <summary>Name of the node on its server.</summary>
    public required string NodeId { get; init; }

    /// <summary>Where the node serves its files.</summary>
    public IPEndPoint Listen { get; init; } = new(IPAddress.Loopback, 0);

    /// <summary>Told to others instead of what is listened on, for nodes behind a router or a proxy.</summary>
    public IReadOnlyList<string> PublicUrls { get; init; } = [];

    /// <summary>Topic of all files, instead of their own or their folder's name.</summary>
    public string? Label { get; init; }

    /// <summary>How much is shared at most.</summary>
    public FolderLimits Limits { get; init; } = new();

    /// <summary>How long changes must have come to rest before they are announced.</summary>
    public TimeSpan Rest { get; init; } = TimeSpan.FromMilliseconds(500);

    /// <summary>When to look at the folder without a notification.</summary>
    public TimeSpan Rescan { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the server believes in a heartbeat. Three are sent in that time.</summary>
    public TimeSpan Presence { get; init; } = TimeSpan.FromSeconds(60);
}

/// <summary>A node at work: serves a folder's files, is present at a server, and keeps it informed of the folder, until cancelled.</summary>
public sealed class ShareSession(
    DattClient client, Uri server, SharedFolder folder, ShareLedger ledger, ShareOptions options, TimeProvider time)
{
    // A server or a proxy that takes no sockets gets heartbeats after so many attempts.
    private const int SocketAttempts = 3;

    private static readonly TimeSpan Longest = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Goodbye = TimeSpan.FromSeconds(2);
    private static readonly TimeSpan Lasting = TimeSpan.FromSeconds(5);

    private readonly FolderSync _sync = new(
        folder, options.Limits, ledger, new FileReading(folder, options.Label, time), client.Content, options.NodeId);

    private int _lost;
    private int _again;

    /// <summary>Told how far a pass is.</summary>
    public IProgress<SyncProgress>? Progress { get; init; }

    /// <summary>Told what happens.</summary>
    public required Action<ShareEvent> Tell { get; init; }

    /// <summary>Announces everything that is not announced yet, once, without serving it.</summary>
    public Task<SyncResult> OnceAsync(CancellationToken ct) => _sync.RunAsync(again: false, Progress, ct);

    /// <summary>Runs until cancelled, and then says goodbye. A server that goes away later is waited for.</summary>
    /// <exception cref="DattException">The server refuses the node, or cannot be reached at the start.</exception>
    /// <exception cref="IOException">The address to listen on is not to be had.</exception>
    public async Task RunAsync(CancellationToken ct)
    {
        using var watch = new FolderWatch(folder, options.Rest, options.Rescan, time);
        await using var host = await ContentHost.StartAsync(folder, ledger, options.Listen, watch.Signal, ct).ConfigureAwait(false);
        var endpoints = options.PublicUrls.Count > 0 ? options.PublicUrls : ListenAddress.Endpoints(host.Address);
        var presence = new Presence(endpoints, "datt-cli", (int)options.Presence.TotalSeconds);
        await client.Nodes.AppearAsync(options.NodeId, presence, ct).ConfigureAwait(false);
        Tell(new Listening(options.NodeId, endpoints, folder.Root, server.AbsoluteUri));

        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var beating = BeatAsync(presence, watch, either.Token);
        var syncing = SyncAsync(watch, either.Token);
        try
        {
            await (await Task.WhenAny(beating, syncing).ConfigureAwait(false)).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            // Asked to stop.
        }
        finally
        {
            await either.CancelAsync().ConfigureAwait(false);
            await Task.WhenAll(Settled(beating), Settled(syncing)).ConfigureAwait(false);
            await LeaveAsync().ConfigureAwait(false);
        }
    }

    private static async Task Settled(Task task) => await task.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private async Task BeatAsync(Presence presence, FolderWatch watch, CancellationToken ct)
    {
        var vain = 0;
        for (var failures = 0; ;)
        {
            if (failures > 0 || vain >= SocketAttempts)
            {
                await Task.Delay(failures == 0 ? options.Presence / 3 : BackOff(failures), time, ct).ConfigureAwait(false);
            }
            else
            {
                vain = await StayAsync(presence, ct).ConfigureAwait(false) ? 0 : vain + 1;
            }

            try
            {
                await client.Nodes.AppearAsync(options.NodeId, presence, ct).ConfigureAwait(false);
                failures = 0;
                if (Interlocked.Exchange(ref _lost, 0) == 1)
                {
                    // The server may have been restored from an older state.
                    Tell(new ServerBack());
                    Volatile.Write(ref _again, 1);
                    watch.Signal();
                }
            }
            catch (DattException e) when (MayPass(e))
            {
                Lost(e, BackOff(++failures));
            }
        }
    }

    /// <summary>Present by a socket until it ends; false when it was not to be had, or did not last.</summary>
    private async Task<bool> StayAsync(Presence presence, CancellationToken ct)
    {
        var began = time.GetTimestamp();
        try
        {
            var end = await client.Nodes.StayAsync(options.NodeId, presence, null, ct).ConfigureAwait(false);
            return end == PresenceEnd.Lost && time.GetElapsedTime(began) > Lasting;
        }
        catch (DattException)
        {
            // The heartbeat that follows finds out whether the server is there.
            return false;
        }
    }

    private async Task SyncAsync(FolderWatch watch, CancellationToken ct)
    {
        for (var first = true; ; first = false)
        {
            var result = await PersistAsync(ct).ConfigureAwait(false);
            if (first || result.Announced + result.Withdrawn + result.RejectedCount > 0)
            {
                Tell(new Synced(result.Files, result.Announced, result.Withdrawn, result.Rejected, result.RejectedCount, result.Skipped));
            }

            await watch.WaitAsync(ct).ConfigureAwait(false);
        }
    }

    /// <summary>A whole pass, however often the server goes away during it.</summary>
    private async Task<SyncResult> PersistAsync(CancellationToken ct)
    {
        for (var failures = 0; ;)
        {
            var again = Interlocked.Exchange(ref _again, 0) == 1;
            try
            {
                return await _sync.RunAsync(again, Progress, ct).ConfigureAwait(false);
            }
            catch (DattException e) when (MayPass(e))
            {
                Volatile.Write(ref _again, again ? 1 : Volatile.Read(ref _again));
                var pause = BackOff(++failures);
                Lost(e, pause);
                await Task.Delay(pause, time, ct).ConfigureAwait(false);
            }
        }
    }

    private void Lost(DattException e, TimeSpan pause)
    {
        if (Interlocked.Exchange(ref _lost, 1) == 0)
        {
            Tell(new ServerLost(e.Message, Math.Round(pause.TotalSeconds, 1)));
        }
    }

    private async Task LeaveAsync()
    {
        using var deadline = new CancellationTokenSource(Goodbye, time);
        try
        {
            await client.Nodes.LeaveAsync(options.NodeId, deadline.Token).ConfigureAwait(false);
            Tell(new Left(options.NodeId));
        }
        catch (Exception e) when (e is DattException or OperationCanceledException)
        {
            // The server finds out by itself when the heartbeats end.
        }
    }

    /// <summary>Whether a later attempt may succeed without anybody doing anything.</summary>
    private static bool MayPass(DattException e) =>
        e.Code is DattException.Unreachable or "unavailable" or "quota_exceeded" || (int?)e.Status >= 500;

    /// <summary>Doubles from a second to a minute, spread by a fifth, so that many nodes do not come back as one.</summary>
    private static TimeSpan BackOff(int failures)
    {
        var seconds = Math.Min(Longest.TotalSeconds, Math.Pow(2, Math.Min(failures - 1, 6)));
        return TimeSpan.FromSeconds(seconds * (0.8 + (RandomNumberGenerator.GetInt32(401) / 1000.0)));
    }
}
