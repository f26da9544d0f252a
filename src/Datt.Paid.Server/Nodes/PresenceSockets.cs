using System.Collections.Concurrent;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Problems;
using Datt.Paid.WebSockets;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Nodes;

/// <summary>All open sockets of nodes: their number by account and address, and one sweep that pings each in turn and ends those that are dead.</summary>
public sealed class PresenceSockets(
    NodeRegistry nodes, Gate gate, IOptions<PresenceSettings> settings, IHostApplicationLifetime lifetime, TimeProvider time, ILogger<PresenceSockets> log)
    : BackgroundService
{
    private const int KeyCheckEvery = 32;

    private static readonly TimeSpan Step = TimeSpan.FromSeconds(0.5);
    private static readonly TimeSpan FirstMessage = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TryLater = TimeSpan.FromMinutes(1);

    private readonly ConcurrentDictionary<PresenceSocket, byte> _open = new();
    private readonly ConcurrentDictionary<string, int> _byCaller = new(StringComparer.Ordinal);
    private int _count;
    private long _sweeps;

    /// <summary>Sockets that are open.</summary>
    public int Count => Volatile.Read(ref _count);

    /// <summary>Holds a socket until it ends; a problem, and nothing was accepted, where there are too many.</summary>
    public async Task<Problem?> HoldAsync(HttpContext context, string nodeId, Func<Task<Stream>> accept)
    {
        var account = "account " + context.Caller().AccountId;
        var address = "address " + ClientAddress.Of(context.Connection.RemoteIpAddress);
        if (!TryEnter(account, settings.Value.SocketsPerAccount))
            return Problem.QuotaExceeded("This account has as many presence sockets open as one may have.", TryLater);
        try
        {
            if (!TryEnter(address, settings.Value.SocketsPerAddress))
                return Problem.QuotaExceeded("This address has as many presence sockets open as one may have.", TryLater);
            try
            {
                if (Interlocked.Increment(ref _count) > settings.Value.Sockets || lifetime.ApplicationStopping.IsCancellationRequested)
                    return Problem.Unavailable("This server has as many presence sockets open as it can hold. Send heartbeats instead.", TryLater);
                await RunAsync(context, nodeId, accept);
                return null;
            }
            finally
            {
                Interlocked.Decrement(ref _count);
                Leave(address);
            }
        }
        finally
        {
            Leave(account);
        }
    }

    /// <summary>Pings whose turn it is, ends who is silent, was replaced, or lost its key. Nothing in it waits.</summary>
    public void Sweep()
    {
        var now = time.GetTimestamp();
        var ping = settings.Value.PingInterval;
        var turn = Interlocked.Increment(ref _sweeps);
        foreach (var socket in _open.Keys)
        {
            var silent = time.GetElapsedTime(socket.Heard, now);
            if (silent > ping * 8)
                socket.Abort();
            else if (!socket.HasSpoken && time.GetElapsedTime(socket.Opened, now) > FirstMessage)
                socket.Close(CloseCode.Policy, "The first message, a presence, did not come in time.");
            else if (!socket.IsCurrent())
                socket.Close(PresenceSocket.ReplacedCode, "Another socket of this node, or its goodbye, took the place of this one.");
            else if (turn % KeyCheckEvery == 0 && !gate.MayGoOn(socket.Context))
                socket.Close(CloseCode.Policy, "unauthorized: this key was revoked.");
            else if (time.GetElapsedTime(socket.Pinged, now) >= ping)
                socket.SendPing();
        }
        nodes.Sweep();
    }

    /// <inheritdoc/>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        // The web server waits for open requests when it stops, and these end only if told to.
        using var stopping = lifetime.ApplicationStopping.Register(CloseAll);
        using var timer = new PeriodicTimer(Step, time);
        try
        {
            while (await timer.WaitForNextTickAsync(stoppingToken))
            {
                try
                {
                    Sweep();
                }
                catch (Exception fault) when (fault is not OperationCanceledException)
                {
                    log.LogError(fault, "Presence sockets could not be looked after; the next try is in {Seconds} s", Step.TotalSeconds);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server stops.
        }
    }

    private async Task RunAsync(HttpContext context, string nodeId, Func<Task<Stream>> accept)
    {
        await using var stream = await accept();
        using var socket = new PresenceSocket(context, stream, nodes, nodeId, settings.Value.OfflineAfter, time);
        _open.TryAdd(socket, 0);
        try
        {
            if (lifetime.ApplicationStopping.IsCancellationRequested)
                socket.Close(CloseCode.GoingAway, "");
            await socket.RunAsync();
        }
        finally
        {
            _open.TryRemove(socket, out _);
        }
    }

    private void CloseAll()
    {
        foreach (var socket in _open.Keys)
            socket.Close(CloseCode.GoingAway, "The server stops. Come back in a moment.");
    }

    private bool TryEnter(string caller, int most)
    {
        if (_byCaller.AddOrUpdate(caller, 1, static (_, count) => count + 1) <= most)
            return true;
        Leave(caller);
        return false;
    }

    // Gone at zero, so that the table is no larger than the number of sockets.
    private void Leave(string caller)
    {
        if (_byCaller.AddOrUpdate(caller, 0, static (_, count) => count - 1) == 0)
            ((ICollection<KeyValuePair<string, int>>)_byCaller).Remove(new(caller, 0));
    }
}
