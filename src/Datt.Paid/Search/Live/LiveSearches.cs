using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Threading.Channels;
using Datt.Paid.Catalog;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Execution;
using Datt.Paid.Search.Indexing;
using Lucene.Net.Index;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Search.Live;

/// <summary>
/// Standing queries. Each batch of changed contents becomes a small index of its own in memory, on which all of them run like any search. A subscriber that does not
/// keep up loses hits beyond <see cref="MaxWaiting"/>; when batches come faster than they can be searched, whole ones are left out. Both are logged; an ordinary
/// search finds what was missed.
/// </summary>
internal sealed class LiveSearches : IAsyncDisposable
{
    /// <summary>Hits that wait for one subscriber.</summary>
    public const int MaxWaiting = 256;

    private const int MaxWaitingBatches = 16;

    private readonly ConcurrentDictionary<Subscriber, bool> _subscribers = new();
    private readonly Channel<List<CatalogEntry>> _batches =
        Channel.CreateBounded<List<CatalogEntry>>(new BoundedChannelOptions(MaxWaitingBatches) { SingleReader = true, FullMode = BoundedChannelFullMode.Wait });

    private readonly int _maximum;
    private readonly WordAnalyzer _words;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _running;
    private int _count;

    public LiveSearches(int maximum, WordAnalyzer words, TimeProvider time, ILogger log)
    {
        _maximum = maximum;
        _words = words;
        _time = time;
        _log = log;
        _running = Task.Run(RunAsync);
    }

    public bool IsEmpty => Volatile.Read(ref _count) == 0;

    /// <summary>Takes a batch of changed contents, if there is room.</summary>
    public void Offer(List<CatalogEntry> batch)
    {
        if (batch.Count > 0 && !_batches.Writer.TryWrite(batch))
            _log.LogWarning("Live searches cannot keep up: {Contents} changed contents were left out", batch.Count);
    }

    /// <summary>Hits from now on, until cancelled.</summary>
    /// <exception cref="InvalidOperationException">There are as many as allowed.</exception>
    public async IAsyncEnumerable<SearchHit> SubscribeAsync(SearchPlan plan, [EnumeratorCancellation] CancellationToken cancel)
    {
        if (Interlocked.Increment(ref _count) > _maximum)
        {
            Interlocked.Decrement(ref _count);
            throw new InvalidOperationException($"There are {_maximum} live searches already.");
        }

        var subscriber = new Subscriber(plan);
        _subscribers.TryAdd(subscriber, true);
        try
        {
            using var either = CancellationTokenSource.CreateLinkedTokenSource(cancel, _stop.Token);
            await foreach (var hit in subscriber.Hits.Reader.ReadAllAsync(either.Token))
                yield return hit;
        }
        finally
        {
            _subscribers.TryRemove(subscriber, out _);
            Interlocked.Decrement(ref _count);
            if (subscriber.Lost > 0)
                _log.LogInformation("A live search lost {Hits} hits because its reader was too slow", subscriber.Lost);
        }
    }

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _batches.Writer.TryComplete();
        await _running;
    }

    private async Task RunAsync()
    {
        try
        {
            await foreach (var batch in _batches.Reader.ReadAllAsync(_stop.Token))
            {
                try
                {
                    Run(batch);
                }
                catch (Exception fault) when (fault is not (OperationCanceledException or OutOfMemoryException))
                {
                    _log.LogError(fault, "A batch of {Contents} contents could not be shown to live searches", batch.Count);
                }
            }
        }
        catch (OperationCanceledException)
        {
            // Closing.
        }
    }

    private void Run(List<CatalogEntry> batch)
    {
        if (_subscribers.IsEmpty)
            return;
        var entries = new Dictionary<UInt128, CatalogEntry>();
        foreach (var entry in batch)
            entries[entry.Key.Value] = entry;

        using var directory = new RAMDirectory();
        using var writer = new IndexWriter(directory, new IndexWriterConfig(IndexSchema.Version, null) { Similarity = new BM25Similarity(Bm25.K1, Bm25.B) });
        var builder = new DocumentBuilder(_words);
        foreach (var entry in entries.Values)
            writer.AddDocument(builder.Build(entry));
        var snapshot = Snapshot.Open(DirectoryReader.Open(writer, applyAllDeletes: false), null, 0);
        try
        {
            foreach (var subscriber in _subscribers.Keys)
                Run(subscriber, snapshot, entries);
        }
        finally
        {
            snapshot.LetGo();
        }
    }

    private void Run(Subscriber subscriber, Snapshot snapshot, Dictionary<UInt128, CatalogEntry> entries)
    {
        var budget = new SearchBudget(_time, TimeSpan.FromSeconds(1), _stop.Token);
        var found = new SnapshotSearch(snapshot, subscriber.Plan, _words, budget).First(entries.Count, mayRelax: false);
        var highlighter = new Highlighter(subscriber.Plan.Query, _words);
        foreach (var hit in found.Hits)
        {
            var entry = entries[hit.Rank.Key];
            if (!subscriber.Hits.Writer.TryWrite(new SearchHit(entry, highlighter.Render(entry.Description), hit.Score)))
                subscriber.Lost++;
        }
    }

    private sealed class Subscriber(SearchPlan plan)
    {
        public SearchPlan Plan => plan;

        public Channel<SearchHit> Hits { get; } = Channel.CreateBounded<SearchHit>(new BoundedChannelOptions(MaxWaiting) { FullMode = BoundedChannelFullMode.Wait });

        public int Lost { get; set; }
    }
}
