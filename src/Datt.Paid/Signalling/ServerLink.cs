using System.Diagnostics;

namespace Datt.Paid.Signalling;

/// <summary>
/// What is on its way to one other server: one call at a time, with everything that gathered meanwhile, so that a slow server costs a bounded
/// queue and a busy one few calls.
/// </summary>
internal sealed class ServerLink(string serverId, IOtherServers servers, Action<string, WaitingSignal, bool> finished, CancellationToken stopping)
{
    private const int MaxSignals = 4_096;
    private const int MaxLookups = 4_096;
    private const int MaxWaitingBytes = 8 * 1_024 * 1_024;

    // A receiver remembers each signed request for minutes, in bounded number. What comes sooner gathers; a single message waits for nothing.
    private static readonly TimeSpan Apart = TimeSpan.FromMilliseconds(15);

    // Beside the payload: type, two ids, punctuation.
    private const int Envelope = 2 * PeerId.MaxLength + 64;

    private readonly Lock _lock = new();
    private readonly Queue<WaitingSignal> _signals = new();
    private readonly Dictionary<string, TaskCompletionSource<bool>> _lookups = new(StringComparer.Ordinal);
    private long _bytes;
    private bool _isRunning;

    /// <summary>Puts a message on its way. False where too much waits already.</summary>
    public bool TrySend(WaitingSignal signal)
    {
        lock (_lock)
        {
            if (_signals.Count >= MaxSignals || _bytes + signal.Payload.Length > MaxWaitingBytes)
                return false;
            _signals.Enqueue(signal);
            _bytes += signal.Payload.Length;
            Start();
            return true;
        }
    }

    /// <summary>Whether a peer is open there; false also where the server does not say.</summary>
    public Task<bool> IsOpenAsync(string id)
    {
        lock (_lock)
        {
            if (_lookups.TryGetValue(id, out var asked))
                return asked.Task;
            if (_lookups.Count >= MaxLookups)
                return Task.FromResult(false);
            var asking = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            _lookups[id] = asking;
            Start();
            return asking.Task;
        }
    }

    private void Start()
    {
        if (_isRunning)
            return;
        _isRunning = true;
        _ = Task.Run(RunAsync, CancellationToken.None);
    }

    private async Task RunAsync()
    {
        while (TryTake(out var batch, out var asked))
        {
            RelayAnswer? answer = null;
            var began = Stopwatch.GetTimestamp();
            try
            {
                if (await servers.PostAsync(serverId, RelayWire.Write(batch), stopping) is { } body && RelayWire.TryRead(body, out RelayAnswer? read))
                    answer = read;
            }
            catch (OperationCanceledException)
            {
            }
            finally
            {
                // Everybody hears how it ended, whatever happened.
                var open = answer?.Open.ToHashSet(StringComparer.Ordinal);
                foreach (var (id, asking) in asked)
                    asking.TrySetResult(open?.Contains(id) ?? false);
                var undelivered = answer?.Undelivered.ToHashSet();
                for (var i = 0; i < batch.Signals.Count; i++)
                    finished(serverId, batch.Signals[i], undelivered is not null && !undelivered.Contains(i));
            }
            var rest = Apart - Stopwatch.GetElapsedTime(began);
            if (rest > TimeSpan.Zero)
                await Task.Delay(rest, CancellationToken.None);
        }
    }

    private bool TryTake(out RelayBatch batch, out List<KeyValuePair<string, TaskCompletionSource<bool>>> asked)
    {
        lock (_lock)
        {
            asked = [.. _lookups.Take(RelayWire.MaxItems)];
            foreach (var (id, _) in asked)
                _lookups.Remove(id);
            var signals = new List<WaitingSignal>();
            var room = RelayWire.MaxBytes - (asked.Count * (PeerId.MaxLength + 4)) - 64;
            while (signals.Count < RelayWire.MaxItems && _signals.TryPeek(out var next) && next.Payload.Length + Envelope <= room)
            {
                room -= next.Payload.Length + Envelope;
                _bytes -= next.Payload.Length;
                signals.Add(_signals.Dequeue());
            }
            batch = new RelayBatch([.. asked.Select(pair => pair.Key)], signals);
            return _isRunning = asked.Count + signals.Count > 0;
        }
    }
}
