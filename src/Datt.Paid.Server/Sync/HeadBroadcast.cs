using System.Buffers;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Problems;
using Datt.Paid.Sync;

namespace Datt.Paid.Server.Sync;

/// <summary>
/// Pushes heads to whoever listens: Server-Sent Events (WHATWG HTML, section 9.2), each a page of heads. A listener that is slow gets the newest of what it
/// missed, never a backlog: what is kept for it is the set of origins that moved.
/// </summary>
public sealed class HeadBroadcast : IDisposable
{
    private const int MostListeners = 1_000;
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(20);

    private readonly HeadVector _heads;
    private readonly IHostApplicationLifetime _lifetime;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly HashSet<Listener> _listeners = [];

    public HeadBroadcast(HeadVector heads, IHostApplicationLifetime lifetime, TimeProvider time)
    {
        _heads = heads;
        _lifetime = lifetime;
        _time = time;
        heads.Changed += Moved;
    }

    /// <summary>Open streams.</summary>
    public int Listeners
    {
        get
        {
            lock (_gate)
                return _listeners.Count;
        }
    }

    public async Task AnswerAsync(HttpContext context)
    {
        var listener = new Listener();
        lock (_gate)
        {
            if (_listeners.Count < MostListeners)
                _listeners.Add(listener);
            else
                listener = null;
        }
        if (listener is null)
        {
            await Problem.QuotaExceeded("As many streams are open as this server takes. Poll /federation/v1/feeds, or try again.", Quiet).ExecuteAsync(context);
            return;
        }
        try
        {
            await StreamAsync(context, listener);
        }
        catch (OperationCanceledException)
        {
            // The listener left, or the server stops.
        }
        finally
        {
            lock (_gate)
                _listeners.Remove(listener);
        }
    }

    public void Dispose() => _heads.Changed -= Moved;

    private void Moved(string origin)
    {
        lock (_gate)
        {
            foreach (var listener in _listeners)
                listener.Add(origin);
        }
    }

    private async Task StreamAsync(HttpContext context, Listener listener)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, _lifetime.ApplicationStopping);
        context.Response.BodyWriter.Write("retry: 2000\n\n"u8);
        var all = _heads.All;
        await SendAsync(context, all, stop.Token);
        while (true)
        {
            if (await listener.WaitAsync(Quiet, _time, stop.Token))
            {
                await SendAsync(context, listener.Take().Select(o => _heads.TryGet(o, out var entry) ? entry : (HeadEntry?)null).OfType<HeadEntry>().ToList(), stop.Token);
            }
            else
            {
                context.Response.BodyWriter.Write(":\n\n"u8);
                await context.Response.BodyWriter.FlushAsync(stop.Token);
            }
        }
    }

    private static async Task SendAsync(HttpContext context, IReadOnlyList<HeadEntry> heads, CancellationToken ct)
    {
        foreach (var page in heads.Chunk(HeadsWire.MaxHeads))
        {
            context.Response.BodyWriter.Write("event: heads\ndata: "u8);
            HeadsWire.Write(context.Response.BodyWriter, page, null);
            context.Response.BodyWriter.Write("\n\n"u8);
            await context.Response.BodyWriter.FlushAsync(ct);
        }
        if (heads.Count == 0)
            await context.Response.BodyWriter.FlushAsync(ct);
    }

    private sealed class Listener
    {
        private readonly Lock _gate = new();
        private readonly HashSet<string> _moved = new(StringComparer.Ordinal);
        private TaskCompletionSource _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);

        public void Add(string origin)
        {
            lock (_gate)
            {
                _moved.Add(origin);
                _signal.TrySetResult();
            }
        }

        public string[] Take()
        {
            lock (_gate)
            {
                string[] moved = [.. _moved];
                _moved.Clear();
                _signal = new(TaskCreationOptions.RunContinuationsAsynchronously);
                return moved;
            }
        }

        /// <summary>Whether something moved; false after a time in which nothing did.</summary>
        public async Task<bool> WaitAsync(TimeSpan most, TimeProvider time, CancellationToken ct)
        {
            Task signal;
            lock (_gate)
                signal = _signal.Task;
            try
            {
                await signal.WaitAsync(most, time, ct);
                return true;
            }
            catch (TimeoutException)
            {
                return false;
            }
        }
    }
}
