using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync;

namespace Datt.Paid.Tests.Sync.Model;

/// <summary>One server's calls to the others, answered from their shelves as their endpoints would, over lines that lose, delay, repeat and reorder.</summary>
internal sealed class ModelLine(ModelNetwork network, string self) : IFeedSource
{
    /// <summary>Answers of before, which come again now and then.</summary>
    private readonly ConcurrentDictionary<(string Server, string Call), byte[]?> _former = new();

    public async Task<HeadsAnswer> HeadsAsync(string server, Hash256? digest, string? cursor, CancellationToken ct)
    {
        if (await network.WayAsync(self, server, ct) is not { } other)
            return new HeadsAnswer.Failed();
        return other.Heads.Digest == digest ? new HeadsAnswer.Same() : new HeadsAnswer.Page([.. other.Heads.All.Select(News)], null);
    }

    public async IAsyncEnumerable<IReadOnlyList<HeadNews>> StreamAsync(string server, [EnumeratorCancellation] CancellationToken ct)
    {
        if (await network.WayAsync(self, server, ct) is not { } other)
            yield break;
        using var line = network.Join(self, server, ct);
        var moved = Channel.CreateUnbounded<string>();
        void Note(string origin) => moved.Writer.TryWrite(origin);
        other.Heads.Changed += Note;
        var late = new List<HeadNews>();
        try
        {
            yield return [.. other.Heads.All.Select(News)];
            while (await NextAsync(moved.Reader, line.Token))
            {
                var heads = new List<HeadNews>(late);
                late.Clear();
                while (moved.Reader.TryRead(out var origin))
                {
                    if (other.Heads.TryGet(origin, out var entry))
                        heads.Add(News(entry));
                }
                if (network.Fails())
                    yield break;
                // Some come twice, some not before the next ones, none in order.
                late.AddRange(heads.Where(_ => network.Fails()));
                yield return [.. heads.Where(h => !late.Contains(h)).Concat(heads.Where(_ => network.Fails())).OrderBy(_ => network.Next(100))];
            }
        }
        finally
        {
            other.Heads.Changed -= Note;
            network.End(line);
        }
        ct.ThrowIfCancellationRequested();
    }

    public Task<byte[]?> ManifestAsync(string server, string origin, Head? held, CancellationToken ct) => AskAsync(server, $"manifest {origin} {held?.Version}", other =>
    {
        if (!other.Shelf.TryGet(origin, out var view) || view.Manifest is not { } newest)
            return null;
        return held is not null && held.Epoch == newest.Manifest.Epoch && held.Version != newest.Manifest.Version
            && other.Shelf.ManifestOf(origin, held.Epoch, held.Version) is { } from
            ? ManifestDifference.Between(from, newest).Encode()
            : ManifestCodec.Encode(newest);
    }, ct);

    public Task<byte[]?> RetiredAsync(string server, string origin, CancellationToken ct) =>
        AskAsync(server, "retired " + origin, other => other.Shelf.RetiredOf(origin)?.Encode(), ct);

    public Task<byte[]?> ConflictAsync(string server, string origin, CancellationToken ct) =>
        AskAsync(server, "conflict " + origin, other => other.Shelf.TryGet(origin, out var view) ? view.Conflict?.Encode() : null, ct);

    public async Task<IReadOnlyList<(int First, int Last)>?> HaveAsync(string server, RunInfo run, CancellationToken ct) =>
        await network.WayAsync(self, server, ct) is { } other && other.Shelf.TryFindRun(run.Id, out var held, out _) ? held.Held.ToRanges() : null;

    public Task<byte[]?> LeavesAsync(string server, RunInfo run, CancellationToken ct) => AskAsync(
        server, "leaves " + run.Id, other => other.Shelf.TryFindRun(run.Id, out var held, out _) && held.Leaves.Count > 0 ? [.. held.Leaves.SelectMany(l => l.ToArray())] : null, ct);

    public async Task<PartAnswer> ReadAsync(string server, RunInfo run, long offset, int length, CancellationToken ct)
    {
        if (await network.WayAsync(self, server, ct) is not { } other)
            return new PartAnswer.Failed();
        if (!other.Shelf.TryFindRun(run.Id, out var held, out var origin))
            return new PartAnswer.Missing();
        var bytes = new byte[length];
        if (held.TryRead(offset, bytes))
            return new PartAnswer.Bytes(bytes);
        if (held.IsDamaged)
            other.Swarm.Repair(origin, held);
        return new PartAnswer.Missing();
    }

    private static HeadNews News(HeadEntry entry) => new(entry.Head, entry.IsConflicted);

    private async Task<byte[]?> AskAsync(string server, string call, Func<ModelServer, byte[]?> answer, CancellationToken ct)
    {
        if (await network.WayAsync(self, server, ct) is not { } other)
            return null;
        if (network.Fails() && _former.TryGetValue((server, call), out var former))
            return former;
        return _former[(server, call)] = answer(other);
    }

    private static async Task<bool> NextAsync(ChannelReader<string> moved, CancellationToken line)
    {
        try
        {
            return await moved.WaitToReadAsync(line);
        }
        catch (OperationCanceledException)
        {
            return false;
        }
    }
}
