using System.Collections.Concurrent;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync;

namespace Datt.Paid.Tests.Sync;

/// <summary>Servers that answer as a test wants it, and count what they sent.</summary>
internal sealed class ScriptedSource : IFeedSource
{
    private readonly ConcurrentDictionary<(string Server, RunId Run), Holder> _holders = new();
    private long _sent;
    private int _lists;

    /// <summary>Manifests by server and origin.</summary>
    public ConcurrentDictionary<(string Server, string Origin), byte[]> Manifests { get; } = new();

    /// <summary>Proofs by server and origin.</summary>
    public ConcurrentDictionary<(string Server, string Origin), byte[]> Proofs { get; } = new();

    /// <summary>Bytes of runs that were sent.</summary>
    public long Sent => Volatile.Read(ref _sent);

    /// <summary>Lists of leaf hashes that were sent.</summary>
    public int Lists => Volatile.Read(ref _lists);

    public Holder Add(string server, (RunInfo Info, byte[] Bytes) run) =>
        _holders[(server, run.Info.Id)] = new Holder(run.Bytes, (0, (int)MerkleTree.LeafCount(run.Bytes.Length) - 1));

    public Task<HeadsAnswer> HeadsAsync(string server, Hash256? digest, string? cursor, CancellationToken ct) => Task.FromResult<HeadsAnswer>(new HeadsAnswer.Failed());

    public async IAsyncEnumerable<IReadOnlyList<HeadNews>> StreamAsync(string server, [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken ct)
    {
        await Task.CompletedTask;
        yield break;
    }

    public Task<byte[]?> ManifestAsync(string server, string origin, Head? held, CancellationToken ct) => Task.FromResult(Manifests.GetValueOrDefault((server, origin)));

    public Task<byte[]?> RetiredAsync(string server, string origin, CancellationToken ct) => Task.FromResult<byte[]?>(null);

    public Task<byte[]?> ConflictAsync(string server, string origin, CancellationToken ct) => Task.FromResult(Proofs.GetValueOrDefault((server, origin)));

    public Task<IReadOnlyList<(int First, int Last)>?> HaveAsync(string server, RunInfo run, CancellationToken ct) =>
        Task.FromResult<IReadOnlyList<(int First, int Last)>?>(_holders.TryGetValue((server, run.Id), out var holder) ? [holder.Has] : null);

    public Task<byte[]?> LeavesAsync(string server, RunInfo run, CancellationToken ct)
    {
        if (!_holders.TryGetValue((server, run.Id), out var holder))
            return Task.FromResult<byte[]?>(null);
        Interlocked.Increment(ref _lists);
        return Task.FromResult<byte[]?>([.. MerkleTree.Of(holder.Bytes).Leaves.SelectMany(l => l.ToArray())]);
    }

    public async Task<PartAnswer> ReadAsync(string server, RunInfo run, long offset, int length, CancellationToken ct)
    {
        if (!_holders.TryGetValue((server, run.Id), out var holder))
            return new PartAnswer.Missing();
        if (holder.Stalls)
            await Task.Delay(Timeout.Infinite, ct);
        await Task.Delay(1, ct);
        Interlocked.Add(ref _sent, length);
        holder.BeforeAnswer?.Invoke();
        var bytes = holder.Bytes.AsSpan((int)offset, length).ToArray();
        if (holder.Lies)
            bytes[length / 2] ^= 1;
        return new PartAnswer.Bytes(bytes);
    }

    /// <summary>A server's copy of a run, and what is wrong with it.</summary>
    internal sealed class Holder(byte[] bytes, (int First, int Last) has)
    {
        public byte[] Bytes => bytes;

        public (int First, int Last) Has { get; set; } = has;

        public bool Lies { get; set; }

        public bool Stalls { get; set; }

        /// <summary>Called before a part is sent.</summary>
        public Action? BeforeAnswer { get; set; }
    }
}
