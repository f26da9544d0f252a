using System.Collections.Concurrent;

namespace Datt.Paid.Signalling;

/// <summary>
/// Messages to and from peers at other servers. A call goes to the server that was found for its offer, and its answers come back the same
/// way. What came from another server is never handed on to a third.
/// </summary>
public sealed class SignalRelay : IDisposable
{
    private const int MaxLinks = 20_000;

    private readonly SignalHub _hub;
    private readonly IOtherServers _servers;
    private readonly CallRoutes _routes;
    private readonly PeerFinder _finder;
    private readonly ConcurrentDictionary<string, ServerLink> _links = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();

    public SignalRelay(SignalHub hub, IOtherServers servers, TimeProvider time)
    {
        _hub = hub;
        _servers = servers;
        _routes = new CallRoutes(time);
        _finder = new PeerFinder(LinkTo, servers, time);
        hub.Relay = this;
    }

    /// <summary>What another server asks of this one.</summary>
    /// <param name="serverId">Who asks; must be known for sure.</param>
    /// <param name="batch">What it asks.</param>
    public RelayAnswer Receive(string serverId, RelayBatch batch)
    {
        var open = batch.Lookups.Where(_hub.IsOpen).ToList();
        var undelivered = new List<int>();
        for (var i = 0; i < batch.Signals.Count; i++)
        {
            if (!Accept(serverId, batch.Signals[i]))
                undelivered.Add(i);
        }
        return new RelayAnswer(open, undelivered);
    }

    /// <summary>Stops calling other servers.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _stopping.Dispose();
    }

    /// <summary>Whether the pair's call goes elsewhere; then the message is on its way.</summary>
    internal bool TryForwardCall(SignalKind kind, string src, string dst, ReadOnlySpan<byte> payload) =>
        _routes.TryGet(src, dst, out var server) && TryForward(server, new WaitingSignal(kind, src, dst, payload.ToArray()));

    /// <summary>A call between two peers of this server begins: what was routed elsewhere under these names is over.</summary>
    internal void CallsHere(string src, string dst)
    {
        _routes.Forget(src, dst);
        _routes.Forget(dst, src);
    }

    /// <summary>Forwards a message to a peer whose server is known. False where it has to be looked up.</summary>
    internal bool TryForward(WaitingSignal signal) => _finder.Known(signal.Dst) is { } server && TryForward(server, signal);

    /// <summary>Looks for a peer, and forwards what waits for it once it is found.</summary>
    internal void Seek(string dst) => _finder.Seek(dst, Found);

    private void Found(string dst, string server)
    {
        foreach (var signal in _hub.TakeWaiting(dst))
        {
            if (!TryForward(server, signal))
                _hub.Bounce(signal);
        }
    }

    private bool TryForward(string server, WaitingSignal signal)
    {
        if (!_routes.TryGet(signal.Src, signal.Dst, out var former) || former != server)
            _routes.Set(signal.Src, signal.Dst, server);
        return LinkTo(server).TrySend(signal);
    }

    private bool Accept(string serverId, WaitingSignal signal)
    {
        var isKnown = _routes.TryGet(signal.Dst, signal.Src, out var server);
        // A name that is open here belongs to who has it here, but for a call that began when it was not.
        if (_hub.IsOpen(signal.Src) && !(isKnown && server == serverId && signal.Kind != SignalKind.Offer))
        {
            _hub.Figures.CountForged();
            return false;
        }
        // Only an offer begins a call; the rest must come from where the call's offer came from or went to.
        if (isKnown && server != serverId && signal.Kind != SignalKind.Offer)
        {
            _hub.Figures.CountForged();
            return false;
        }
        if (!_hub.TryDeliver(signal))
            return false;
        if (!isKnown || server != serverId)
            _routes.Set(signal.Dst, signal.Src, serverId);
        return true;
    }

    private void Finished(string server, WaitingSignal signal, bool isDelivered)
    {
        if (isDelivered)
        {
            _hub.Figures.CountForwarded();
            return;
        }
        _finder.Forget(signal.Dst, server);
        _routes.Forget(signal.Src, signal.Dst);
        _hub.Bounce(signal);
    }

    private ServerLink LinkTo(string server)
    {
        if (_links.TryGetValue(server, out var link))
            return link;
        // Servers that are gone leave a link behind; the table is made anew when there are too many.
        if (_links.Count >= MaxLinks)
            _links.Clear();
        return _links.GetOrAdd(server, id => new ServerLink(id, _servers, Finished, _stopping.Token));
    }
}
