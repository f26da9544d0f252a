using System.Diagnostics.Metrics;
using Datt.Paid.Server.Operations;
using Datt.Paid.Sync.Exchange;

namespace Datt.Paid.Server.Sync;

/// <summary>
/// Bytes of runs given and taken, by server. The first servers met have a label of their own for as long as the process lives, all others share one, so
/// that strangers cannot make figures without end.
/// </summary>
public sealed class PeerMetrics
{
    private const int MostNamed = 200;
    private const string Others = "others";

    private readonly Lock _lock = new();
    private readonly HashSet<string> _named = new(StringComparer.Ordinal);

    public PeerMetrics(IMeterFactory meters, RunAdmission admission, TimeProvider time)
    {
        var meter = meters.Create(ServerMetrics.Name);
        meter.CreateObservableCounter("datt.sync.bytes", () => Measure(admission.Peers()), "By", "Bytes of runs by server: given to it, taken from it.");
        meter.CreateObservableGauge(
            "datt.sync.pool", () => admission.PoolLeft(time.GetUtcNow()), "By", "What is left today for servers that have given nothing yet.");
    }

    private List<Measurement<long>> Measure(IReadOnlyList<PeerTotals> peers)
    {
        var (given, taken) = (0L, 0L);
        var measured = new List<Measurement<long>>();
        lock (_lock)
        {
            foreach (var peer in peers)
            {
                if (_named.Contains(peer.ServerId) || (_named.Count < MostNamed && _named.Add(peer.ServerId)))
                    Add(peer.ServerId, peer.Given, peer.Taken);
                else
                    (given, taken) = (given + peer.Given, taken + peer.Taken);
            }
        }
        if (given + taken > 0)
            Add(Others, given, taken);
        return measured;

        void Add(string peer, long given, long taken)
        {
            measured.Add(new(given, new("peer", peer), new("direction", "given")));
            measured.Add(new(taken, new("peer", peer), new("direction", "taken")));
        }
    }
}
