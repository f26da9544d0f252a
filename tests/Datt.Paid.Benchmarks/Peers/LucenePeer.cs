using System.Diagnostics;
using Datt.Paid.Benchmarks.Corpus;
using Datt.Paid.Benchmarks.Load;
using Lucene.Net.Analysis;
using Lucene.Net.Analysis.En;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>
/// Lucene.Net as a competent user would take it into his own process: English analysis, BM25, a stored title, one text field, a number;
/// conjunctions of terms built without a query parser (its cost is left out, to the peer's advantage), ten hits, their titles read.
/// </summary>
internal sealed class LucenePeer : ISearchPeer
{
    private const LuceneVersion Version = LuceneVersion.LUCENE_48;
    private const double RamBufferMegabytes = 128;
    private static readonly HashSet<string> TitleOnly = ["title"];

    private readonly FSDirectory _directory;
    private readonly Analyzer _analyzer = new EnglishAnalyzer(Version);
    private DirectoryReader? _reader;
    private IndexSearcher? _searcher;

    /// <param name="path">Directory of the index.</param>
    /// <param name="store"><c>mmap</c> or <c>nio</c>.</param>
    public LucenePeer(string path, string store) =>
        _directory = store == "mmap" ? new MMapDirectory(path) : new NIOFSDirectory(path);

    public Stretch Index(IReadOnlyList<CorpusRecord> records, int threads)
    {
        var processor = Environment.CpuUsage.TotalTime;
        var start = Stopwatch.GetTimestamp();
        var config = new IndexWriterConfig(Version, _analyzer)
        {
            Similarity = new BM25Similarity(),
            RAMBufferSizeMB = RamBufferMegabytes,
            OpenMode = OpenMode.CREATE,
        };
        using var writer = new IndexWriter(_directory, config);
        var next = -1;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            int at;
            while ((at = Interlocked.Increment(ref next)) < records.Count)
                writer.AddDocument(ToDocument(records[at]));
        });
        using (var reader = DirectoryReader.Open(writer, applyAllDeletes: true))
        {
            var last = new IndexSearcher(reader).Search(new TermQuery(new Term("id", records[^1].ContentId)), 1);
            if (last.TotalHits != 1 || reader.NumDocs != records.Count)
                throw new InvalidOperationException("The index does not hold what was added to it.");
        }
        var took = new Stretch(
            records.Count, Stopwatch.GetElapsedTime(start).TotalSeconds, 0, 0, (Environment.CpuUsage.TotalTime - processor).TotalSeconds);
        writer.Commit();
        writer.WaitForMerges();
        return took;
    }

    public void Open()
    {
        _reader = DirectoryReader.Open(_directory);
        _searcher = new IndexSearcher(_reader) { Similarity = new BM25Similarity() };
    }

    public int Count(string query)
    {
        var counter = new TotalHitCountCollector();
        _searcher!.Search(Conjunction(query), counter);
        return counter.TotalHits;
    }

    public Stretch Search(string[] queries, int threads, TimeSpan time) => LoadRun.Run(queries.Length, threads, time, (_, item) =>
    {
        foreach (var hit in _searcher!.Search(Conjunction(queries[item]), 10).ScoreDocs)
        {
            if (_searcher.Doc(hit.Doc, TitleOnly).Get("title") is null)
                throw new InvalidOperationException("A hit has no title.");
        }
    });

    public void Dispose()
    {
        _reader?.Dispose();
        _analyzer.Dispose();
        _directory.Dispose();
    }

    private static Document ToDocument(CorpusRecord record) =>
    [
        new StringField("id", record.ContentId, Field.Store.NO),
        new StoredField("title", record.Title),
        new TextField("body", record.Text, Field.Store.NO),
        new NumericDocValuesField("published", record.PublishedAt.ToUnixTimeMilliseconds()),
    ];

    private Query Conjunction(string text) => LuceneQueries.Of(_analyzer, "body", text, Occur.MUST);
}
