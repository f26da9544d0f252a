using Datt.Paid.Benchmarks.Corpus;
using Datt.Paid.Benchmarks.Load;
using Datt.Paid.Benchmarks.Peers;
using Datt.Paid.Benchmarks.Servers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>Paid search over HTTP beside bare Lucene.Net and SQLite FTS5 on the same records and queries, taking turns.</summary>
internal static class SearchFigure
{
    public const string Name = "search";
    public const string Sqlite = "sqlite";

    public const int Connections = 8;
    private const int Threads = 2;

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench, bool lucene, bool sqlite)
    {
        var loaded = await bench.LoadedAsync();
        var (heavy, light, rare) = bench.Queries();
        QuerySet[] sets = [heavy, light, rare];
        using var server = bench.StartServer(loaded.Data, "Paid");
        var requests = sets.ToDictionary(s => s.Name, s => HttpRequests.Searches(server.Address, s.Queries, loaded.ApiKey));
        var peers = Peers(bench, lucene, sqlite);
        List<Contestant> contestants =
        [
            new Contestant("ours", (set, time) => server.Search(requests[set.Name], Connections, time)),
            .. peers.Select(p => new Contestant(p.Name, (set, time) => p.Search(bench.QueryFile(set.Name), Threads, time))),
        ];
        try
        {
            var agreeing = await CheckTotalsAsync(bench, server, loaded.ApiKey, peers[0], [heavy, light]);
            server.WaitUntilQuiet();
            foreach (var contestant in contestants)
            {
                // Several times, because compiled code is improved a while after it became busy.
                foreach (var set in sets.Concat(sets).Concat(sets))
                    contestant.Run(set, bench.Options.Stretch);
            }
            var rates = new Dictionary<(string Who, string Set), List<Stretch>>();
            for (var round = 0; round < bench.Options.Rounds; round++)
            {
                foreach (var set in sets)
                {
                    foreach (var contestant in contestants)
                    {
                        var stretch = contestant.Run(set, bench.Options.Stretch);
                        if (!rates.TryGetValue((contestant.Name, set.Name), out var list))
                            rates[(contestant.Name, set.Name)] = list = [];
                        list.Add(stretch);
                        Workbench.Say(
                            $"  search round {round + 1}, {set.Name}, {contestant.Name}: {stretch.PerSecond:N0}/s, " +
                            $"p50 {stretch.P50:F2} ms, p99 {stretch.P99:F2} ms, {stretch.Microseconds:F0} microseconds of processor time each");
                    }
                }
            }
            return [.. Lines(sets, peers, rates, agreeing)];
        }
        finally
        {
            foreach (var peer in peers)
                peer.Dispose();
        }
    }

    private static List<PeerProcess> Peers(Workbench bench, bool lucene, bool sqlite)
    {
        // The workstation collector suits a bare index better than the server collector on few cores.
        var peers = new List<PeerProcess> { PeerProcess.StartLucene(bench.LuceneIndex(), "nio", serverGc: false) };
        if (lucene)
            peers.Add(PeerProcess.StartLucene(bench.LuceneIndex(), "mmap", serverGc: false));
        if (sqlite)
        {
            Workbench.Say("indexing with SQLite");
            peers.Add(PeerProcess.StartSqlite(bench.Fresh("sqlite")));
            peers[^1].Index(bench.Options.Seed, bench.Options.Records, Threads);
        }
        foreach (var peer in peers)
            peer.Open();
        return peers;
    }

    // A fast answer to another question is worth nothing.
    private static async Task<string> CheckTotalsAsync(Workbench bench, ServerProcess server, string apiKey, PeerProcess lucene, QuerySet[] sets)
    {
        var sample = sets.SelectMany(s => s.Queries.Take(150)).ToArray();
        File.WriteAllLines(bench.QueryFile("sample"), sample);
        var expected = lucene.Count(bench.QueryFile("sample"));
        using var subscriber = Subscriber.Again(server.Address, apiKey);
        var differing = 0;
        for (var i = 0; i < sample.Length; i++)
        {
            var total = await subscriber.TotalAsync(sample[i]);
            if (total != expected[i] && differing++ < 5)
                Workbench.Say($"  totals differ for '{sample[i]}': {total} here, {expected[i]} by Lucene.Net");
        }
        var agreeing = $"totals agree with Lucene.Net's on {sample.Length - differing} of {sample.Length} queries";
        Workbench.Say("  " + agreeing);
        return agreeing;
    }

    private static IEnumerable<FigureResult> Lines(
        QuerySet[] sets, List<PeerProcess> peers, Dictionary<(string Who, string Set), List<Stretch>> rates, string agreeing)
    {
        foreach (var set in sets)
        {
            var ours = rates[("ours", set.Name)];
            var what = $"{set.Name}: {set.Queries.Length:N0} queries, {set.MeanMatches:N0} matches on the mean{(set.Name == "rare" ? ", relaxed here alone" : "")}";
            var bare = peers.Where(p => !IsSqlite(p)).Select(p => (p.Name, Stretches: rates[(p.Name, set.Name)])).ToArray();
            var better = bare.MaxBy(b => Rate(b.Stretches).Median);
            yield return Line(
                $"search over HTTP, paid, {Connections} connections, against bare Lucene.Net; {what}", set.Name == "rare" ? null : 1.2, ours, better.Stretches,
                string.Join("; ", bare.Select(b => $"{b.Name}: {Show(b.Stretches)}").Append(agreeing)));
            foreach (var peer in peers.Where(IsSqlite))
            {
                var theirs = rates[(peer.Name, set.Name)];
                yield return Line(
                    $"the same against SQLite FTS5; {what}", set.Name switch { "heavy" => 15, "light" => 4, _ => null }, ours, theirs, $"{peer.Name}: {Show(theirs)}");
            }
        }

        static bool IsSqlite(PeerProcess peer) => peer.Name.StartsWith("SQLite", StringComparison.Ordinal);
    }

    private static FigureResult Line(string figure, double? goal, List<Stretch> ours, List<Stretch> theirs, string beside) => new(
        figure, goal, false, "x", Spread.Ratio([.. ours.Select(s => s.PerSecond)], [.. theirs.Select(s => s.PerSecond)]),
        $"{Show(ours)}, p99 {Spread.Of(ours.Select(s => s.P99)).Median:F1} ms; by processor time " +
        $"{Spread.Ratio([.. theirs.Select(s => s.Microseconds)], [.. ours.Select(s => s.Microseconds)]).Median:F2} x",
        beside);

    private static Spread Rate(List<Stretch> stretches) => Spread.Of(stretches.Select(s => s.PerSecond));

    private static string Show(List<Stretch> stretches) =>
        $"{Rate(stretches).Show("#,0")} queries/s, {Spread.Of(stretches.Select(s => s.Microseconds)).Median:F0} µs each";

    private sealed record Contestant(string Name, Func<QuerySet, TimeSpan, Stretch> Run);
}
