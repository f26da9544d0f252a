using Datt.Paid.Catalog;
using Datt.Paid.Search.Analysis;
using Datt.Paid.Search.Execution;
using Lucene.Net.Index;
using Lucene.Net.Search.Similarities;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Search.Indexing;

/// <summary>Looks the current state of a content up; null where no node holds it any more.</summary>
internal delegate CatalogEntry? EntrySource(ContentKey key);

/// <summary>
/// Writes contents into the Lucene index. Whatever a change was, the document becomes what the catalog says now, so indexing a key again does no harm. One caller
/// at a time; <see cref="Commit"/> and <see cref="Refresh"/> may run beside it.
/// </summary>
internal sealed class Indexer : IDisposable
{
    private const string VersionName = "analysis";
    private const string CompleteName = "complete";
    private const string MarkName = "view";

    /// <summary>Mark of an index that says none.</summary>
    public const string FirstMark = "0";

    private const int SmallBatch = 64;
    private const int SegmentsPerTier = 16;
    private const int SegmentsPerTierInBulk = 32;
    private const int RememberedWords = 65_536;
    private const int LargeIndex = 2_000_000;
    private const int SegmentsOfLargeIndex = 4;
    private const int MaxIdleSegments = 12;

    private readonly IndexWriter _writer;
    private readonly TieredMergePolicy _merging;
    private readonly EntrySource _source;
    private readonly Part[] _parts;

    private Indexer(IndexWriter writer, TieredMergePolicy merging, string? mark, SearchSettings settings, EntrySource source, WordAnalyzer words)
    {
        _writer = writer;
        _merging = merging;
        _source = source;
        Mark = mark;
        IsComplete = mark is not null;
        _parts = [.. Enumerable.Range(0, settings.WriterThreads).Select(_ => new Part(writer, words))];
    }

    /// <summary>Whether every content acknowledged before is in the index; otherwise it must be built from all keys.</summary>
    public bool IsComplete { get; private set; }

    /// <summary>What the last commit said that the index agrees with (see <see cref="IContentView.Mark"/>); null for an index that is not whole.</summary>
    public string? Mark { get; }

    /// <summary>Opens the index. One that is damaged, unfinished or of another version is deleted and begun anew.</summary>
    public static Indexer Open(SearchSettings settings, EntrySource source, WordAnalyzer words, ILogger log)
    {
        var path = new DirectoryInfo(settings.Directory);
        path.Create();
        try
        {
            var directory = new MappedDirectory(path);
            var exists = DirectoryReader.IndexExists(directory);
            if (exists && UsableMark(directory) is { } mark)
                return Open(directory, OpenMode.APPEND, mark, settings, source, words);
            directory.Dispose();
            if (exists)
                log.LogInformation("The search index is unfinished or of another version and is built anew");
        }
        catch (Exception damaged) when (damaged is IOException or ArgumentException or FormatException or InvalidOperationException or IndexOutOfRangeException)
        {
            log.LogWarning(damaged, "The search index cannot be read and is built anew");
        }

        path.Delete(recursive: true);
        path.Create();
        return Open(new MappedDirectory(path), OpenMode.CREATE, null, settings, source, words);
    }

    /// <summary>Brings the documents of these contents up to date.</summary>
    public void Apply(List<ContentKey> keys, List<CatalogEntry>? seen = null)
    {
        if (keys.Count < SmallBatch || _parts.Length == 1)
        {
            foreach (var key in keys)
                Note(_parts[PartOf(key)].Apply(key, _source), seen);
            return;
        }

        var work = new Task[_parts.Length - 1];
        for (var i = 0; i < work.Length; i++)
        {
            var part = i + 1;
            work[i] = Task.Run(() => Apply(keys, part, seen));
        }

        try
        {
            Apply(keys, 0, seen);
        }
        finally
        {
            Task.WaitAll(work);
        }
    }

    /// <summary>Tells which keys the snapshot has, so that only those are replaced rather than added.</summary>
    public void Learn(Snapshot snapshot)
    {
        foreach (var segment in snapshot.Segments)
        {
            foreach (var value in segment.Core.Keys)
            {
                var key = new ContentKey(value);
                _parts[PartOf(key)].Keys.Add(key);
            }
        }
    }

    /// <summary>Empties the index, to be filled from all keys.</summary>
    public void Clear()
    {
        IsComplete = false;
        _writer.DeleteAll();
        foreach (var part in _parts)
            part.Keys.Clear();
    }

    /// <summary>Makes everything applied before durable.</summary>
    /// <param name="complete">Whether the index is whole; true once it was built from all keys.</param>
    /// <param name="mark">What it agrees with then.</param>
    public void Commit(bool complete, string mark = FirstMark)
    {
        _writer.SetCommitData(new Dictionary<string, string>
        {
            [VersionName] = $"{Language.AnalysisVersion}",
            [CompleteName] = complete ? "yes" : "no",
            [MarkName] = mark,
        });
        _writer.Commit();
        IsComplete = complete;
    }

    /// <summary>
    /// Begins, in the background, to merge an index that is not written to just now into few segments: each word of a query is looked up in each of them. Nothing is done
    /// for the sake of less than a tenth of the documents, so that a document is rewritten some ten times at most.
    /// </summary>
    /// <returns>Whether there was something to merge.</returns>
    public bool Consolidate(Snapshot snapshot)
    {
        var wanted = snapshot.Count <= LargeIndex ? 1 : SegmentsOfLargeIndex;
        var outside = snapshot.Segments.Select(s => s.Core.Keys.Length).OrderDescending().Skip(wanted).Sum();
        if (outside == 0 || (outside < snapshot.Count / 10 && snapshot.Segments.Count <= MaxIdleSegments))
            return false;
        _writer.ForceMerge(wanted, doWait: false);
        return true;
    }

    public DirectoryReader OpenReader() => DirectoryReader.Open(_writer, applyAllDeletes: true);

    /// <param name="reader">The reader before.</param>
    /// <param name="inBulk">Whether contents come in bulk: then merging would take much of the time, and <see cref="Consolidate"/> makes up for it once they no longer do.</param>
    /// <returns>A reader of everything applied before, or null if nothing changed.</returns>
    public DirectoryReader? Refresh(DirectoryReader reader, bool inBulk)
    {
        _merging.SegmentsPerTier = inBulk ? SegmentsPerTierInBulk : SegmentsPerTier;
        return DirectoryReader.OpenIfChanged(reader, _writer, applyAllDeletes: true);
    }

    /// <summary>Closes without a commit: what was applied since the last one is forgotten.</summary>
    public void Dispose()
    {
        _writer.Rollback();
        _writer.Directory.Dispose();
    }

    private static Indexer Open(
        Lucene.Net.Store.Directory directory, OpenMode mode, string? mark, SearchSettings settings, EntrySource source, WordAnalyzer words)
    {
        var merging = new TieredMergePolicy { SegmentsPerTier = SegmentsPerTier, MaxMergeAtOnce = SegmentsPerTierInBulk, FloorSegmentMB = 4 };
        var config = new IndexWriterConfig(IndexSchema.Version, null)
        {
            OpenMode = mode,
            Similarity = new BM25Similarity(Bm25.K1, Bm25.B),
            RAMBufferSizeMB = settings.WriterMemoryMb,
            MaxThreadStates = settings.WriterThreads + 1,
            MergePolicy = merging,
            MergeScheduler = new ConcurrentMergeScheduler(),
        };
        return new Indexer(new IndexWriter(directory, config), merging, mark, settings, source, words);
    }

    /// <summary>The mark of an index that is whole and of this version; null for any other.</summary>
    private static string? UsableMark(Lucene.Net.Store.Directory directory)
    {
        using var reader = DirectoryReader.Open(directory);
        var data = reader.IndexCommit.UserData;
        return data.TryGetValue(VersionName, out var version) && version == $"{Language.AnalysisVersion}"
            && data.TryGetValue(CompleteName, out var complete) && complete == "yes"
            ? data.TryGetValue(MarkName, out var mark) ? mark : FirstMark
            : null;
    }

    private static void Note(CatalogEntry? entry, List<CatalogEntry>? seen)
    {
        if (seen is null || entry is null)
            return;
        lock (seen)
            seen.Add(entry);
    }

    private void Apply(List<ContentKey> keys, int part, List<CatalogEntry>? seen)
    {
        foreach (var key in keys)
        {
            if (PartOf(key) == part)
                Note(_parts[part].Apply(key, _source), seen);
        }
    }

    private int PartOf(ContentKey key) => (int)((ulong)(key.Value >> 64) % (ulong)_parts.Length);

    /// <summary>What one writing thread works with; a key always belongs to the same one, so its changes stay in order.</summary>
    private sealed class Part(IndexWriter writer, WordAnalyzer words)
    {
        private readonly DocumentBuilder _builder = new(words, RememberedWords);

        public KeySet Keys { get; } = new();

        public CatalogEntry? Apply(ContentKey key, EntrySource source)
        {
            var entry = source(key);
            if (entry is null)
            {
                if (Keys.Contains(key))
                    writer.DeleteDocuments(DocumentBuilder.IdOf(key));
                return null;
            }

            var document = _builder.Build(entry);
            if (Keys.Add(key))
                writer.AddDocument(document);
            else
                writer.UpdateDocument(DocumentBuilder.IdOf(key), document);
            return entry;
        }
    }
}
