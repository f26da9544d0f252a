using System.Globalization;
using Datt.Paid.Benchmarks.Peers;
using Datt.Paid.Benchmarks.Servers;
using Datt.Paid.Server.Tests.Quality;
using Lucene.Net.Analysis.En;
using Lucene.Net.Documents;
using Lucene.Net.Index;
using Lucene.Net.Search;
using Lucene.Net.Search.Similarities;
using Lucene.Net.Store;
using Lucene.Net.Util;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>Quality of ranking on the Cranfield collection through the search API, beside bare Lucene.Net with BM25 and English analysis.</summary>
internal static class CranfieldFigure
{
    public const string Name = "cranfield";

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        if (CranfieldCollection.Find() is not { } folder)
        {
            Workbench.Say("cranfield skipped: no collection below ../shared/corpora or DATT_CORPORA");
            return [];
        }
        var collection = CranfieldCollection.Read(folder);
        var bare = Bare(collection);
        Workbench.Say($"  bare Lucene.Net: {bare}");
        using var server = bench.StartServer(bench.Fresh("server-cranfield"), "Paid");
        using var subscriber = await Subscriber.CreateAsync(server.Address);
        var search = new CranfieldOverHttp(subscriber.Http, collection);
        await search.AnnounceAsync("cranfield", CancellationToken.None);
        await search.WaitUntilSearchableAsync(CancellationToken.None);
        var ours = await search.MeasureAsync(CancellationToken.None);
        Workbench.Say($"  ours: {ours}");
        return
        [
            new FigureResult("Cranfield nDCG@10", 0.393, false, "", Once(ours.Ndcg10), Beside: Beside(bare.Ndcg10)),
            new FigureResult("Cranfield MAP", 0.31, false, "", Once(ours.Map), Beside: Beside(bare.Map)),
        ];
    }

    /// <summary>Any of the words in the title or the abstract, a field each, the scores added.</summary>
    public static RankingQuality Bare(CranfieldCollection collection)
    {
        using var directory = new RAMDirectory();
        using var analyzer = new EnglishAnalyzer(LuceneVersion.LUCENE_48);
        var similarity = new BM25Similarity();
        using (var writer = new IndexWriter(directory, new IndexWriterConfig(LuceneVersion.LUCENE_48, analyzer) { Similarity = similarity }))
        {
            foreach (var entry in collection.Abstracts)
            {
                writer.AddDocument(
                [
                    new StoredField("id", entry.Id),
                    new TextField("title", entry.Title, Field.Store.NO),
                    new TextField("body", entry.Text, Field.Store.NO),
                ]);
            }
        }
        using var reader = DirectoryReader.Open(directory);
        var searcher = new IndexSearcher(reader) { Similarity = similarity };
        return RankingQuality.Of(collection.Questions.Select(question =>
        {
            var query = new BooleanQuery
            {
                { LuceneQueries.Of(analyzer, "title", question.Words, Occur.SHOULD), Occur.SHOULD },
                { LuceneQueries.Of(analyzer, "body", question.Words, Occur.SHOULD), Occur.SHOULD },
            };
            IReadOnlyList<int> ranking = [.. searcher.Search(query, CranfieldOverHttp.Depth).ScoreDocs
                .Select(hit => int.Parse(searcher.Doc(hit.Doc).Get("id"), CultureInfo.InvariantCulture))];
            return (question, ranking);
        }));
    }

    private static Spread Once(double value) => new(value, value, value);

    private static string Beside(double value) => $"bare Lucene.Net {value.ToString("0.000", CultureInfo.InvariantCulture)}";
}
