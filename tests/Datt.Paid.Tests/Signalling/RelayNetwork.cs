using System.Collections.Concurrent;
using Datt.Paid.Signalling;

namespace Datt.Paid.Tests.Signalling;

/// <summary>Servers in memory that reach each other by the bytes of the wire, with faults to choose.</summary>
internal sealed class RelayNetwork : IDisposable
{
    private readonly List<Server> _servers = [];

    /// <summary>Signals that went from one server to another.</summary>
    public ConcurrentQueue<(string From, string To, int Signals)> Calls { get; } = new();

    public Server Add(string id, TimeProvider? time = null)
    {
        var server = new Server(this, id, time ?? TimeProvider.System);
        _servers.Add(server);
        return server;
    }

    public void Dispose()
    {
        foreach (var server in _servers)
            server.Relay.Dispose();
    }

    /// <summary>Waits until something holds; says what was waited for when it does not within 20 s.</summary>
    public static async Task UntilAsync(Func<bool> holds, string what)
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(20));
        while (!holds())
        {
            Assert.False(patience.IsCancellationRequested, "Not within 20 s: " + what);
            await Task.Delay(5, CancellationToken.None);
        }
    }

    internal sealed class Server : IOtherServers
    {
        private readonly RelayNetwork _network;

        public Server(RelayNetwork network, string id, TimeProvider time)
        {
            (_network, Id) = (network, id);
            Hub = new SignalHub(new SignalBounds(), time);
            Relay = new SignalRelay(Hub, this, time);
        }

        public string Id { get; }

        public SignalHub Hub { get; }

        public SignalRelay Relay { get; }

        public bool IsDown { get; set; }

        /// <summary>Answers calls instead of the server.</summary>
        public Func<RelayBatch, byte[]?>? Lies { get; set; }

        /// <summary>What calls to the server wait for.</summary>
        public Task Delay { get; set; } = Task.CompletedTask;

        public IReadOnlyList<string> Reachable => [.. _network._servers.Where(server => server != this).Select(server => server.Id)];

        public async Task<byte[]?> PostAsync(string serverId, byte[] body, CancellationToken ct)
        {
            var target = _network._servers.Single(server => server.Id == serverId);
            await target.Delay.WaitAsync(ct);
            if (target.IsDown || !RelayWire.TryRead(body, out RelayBatch? batch))
                return null;
            if (batch.Signals.Count > 0)
                _network.Calls.Enqueue((Id, serverId, batch.Signals.Count));
            return target.Lies is { } lies ? lies(batch) : RelayWire.Write(target.Relay.Receive(Id, batch));
        }
    }
}
