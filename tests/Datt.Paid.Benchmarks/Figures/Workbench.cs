using System.Text.Json;
using Datt.Paid.Benchmarks.Corpus;
using Datt.Paid.Benchmarks.Peers;
using Datt.Paid.Benchmarks.Servers;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>What figures share in one run: records, queries, and data directories that are loaded once.</summary>
internal sealed class Workbench : IDisposable
{
    private const int QueriesPerSet = 5_000;
    private const int HeavyQueries = 450;
    private const int Candidates = 200_000;

    private BulkAnnounce? _announce;
    private LoadedServer? _loaded;
    private string? _luceneIndex;
    private (QuerySet Heavy, QuerySet Light, QuerySet Rare)? _queries;

    public Workbench(Options options)
    {
        // A folder of its own, because it is deleted at the end.
        Options = options with { Data = Path.Combine(options.Data, "datt-bench") };
        Records = new RecordGenerator(options.Seed);
        Directory.CreateDirectory(Options.Data);
        if (new DriveInfo(Options.Data).DriveFormat is "tmpfs" or "ramfs")
            Say($"WARNING: {options.Data} is in memory; durable means nothing there. Choose a disk with --data.");
    }

    public Options Options { get; }

    public RecordGenerator Records { get; }

    /// <summary>The bodies of announcing all records.</summary>
    public BulkAnnounce Announce => _announce ??= Timed("preparing announce bodies", () => new BulkAnnounce(Records, Options.Records));

    public static void Say(string progress) => Console.Error.WriteLine($"{TimeProvider.System.GetLocalNow():HH:mm:ss} {progress}");

    /// <summary>An empty directory.</summary>
    public string Fresh(string name)
    {
        var path = Path.Combine(Options.Data, name);
        if (Directory.Exists(path))
            Directory.Delete(path, recursive: true);
        return Directory.CreateDirectory(path).FullName;
    }

    public ServerProcess StartServer(string data, string access) => ServerProcess.Start(ServerAssembly, data, access);

    public string ServerAssembly => Options.Server ?? BuiltServer();

    /// <summary>A stopped server's directory that holds all records and a subscriber.</summary>
    public async Task<LoadedServer> LoadedAsync()
    {
        if (_loaded is not null)
            return _loaded;
        if (Left<LoadedServer>("server.json") is { } left)
            return _loaded = left;
        Say("loading a server");
        var data = Fresh("server");
        using var server = StartServer(data, "Paid");
        using var subscriber = await Subscriber.CreateAsync(server.Address);
        Announce.Run(server.Address, subscriber.ApiKey);
        server.WaitUntilQuiet();
        return _loaded = Leave("server.json", new LoadedServer(data, subscriber.ApiKey));
    }

    /// <summary>Offers a directory that a figure has loaded anyway.</summary>
    public void Keep(LoadedServer loaded) => _loaded = Leave("server.json", loaded);

    /// <summary>The directory of a Lucene.Net index of all records.</summary>
    public string LuceneIndex() => _luceneIndex ??= Left<string>("lucene.json") ?? Timed("indexing with Lucene.Net", () =>
    {
        var path = Fresh("lucene");
        using var peer = PeerProcess.StartLucene(path, "nio", serverGc: true);
        peer.Index(Options.Seed, Options.Records, threads: 2);
        return Leave("lucene.json", path);
    });

    /// <summary>The measured queries, one file of lines each under the set's name, chosen by how much Lucene.Net finds.</summary>
    public (QuerySet Heavy, QuerySet Light, QuerySet Rare) Queries() => _queries ??= Timed("choosing queries", () =>
    {
        if (Left<QuerySet[]>("queries.json") is [var heavy, var light, var rare])
            return (heavy, light, rare);
        var candidates = QuerySet.Candidates(Records, Options.Seed, Options.Records, Candidates);
        File.WriteAllLines(QueryFile("candidates"), candidates);
        using var peer = PeerProcess.StartLucene(LuceneIndex(), "nio", serverGc: false);
        peer.Open();
        var chosen = QuerySet.Choose(candidates, peer.Count(QueryFile("candidates")), Options.Records, HeavyQueries, QueriesPerSet);
        foreach (var set in new[] { chosen.Heavy, chosen.Light, chosen.Rare })
        {
            Say($"  {set}");
            File.WriteAllLines(QueryFile(set.Name), set.Queries);
        }
        Leave<QuerySet[]>("queries.json", [chosen.Heavy, chosen.Light, chosen.Rare]);
        return chosen;
    });

    public string QueryFile(string name) => Path.Combine(Options.Data, name + ".txt");

    public void Dispose()
    {
        if (!Options.Keep)
            Directory.Delete(Options.Data, recursive: true);
    }

    /// <summary>What an earlier run with <c>--keep</c>, the same records and the same seed wrote; null otherwise.</summary>
    private T? Left<T>(string name) where T : class
    {
        var file = Path.Combine(Options.Data, name);
        if (!Options.Keep || !File.Exists(file) || JsonSerializer.Deserialize<Kept<T>>(File.ReadAllText(file)) is not { } kept)
            return null;
        return kept.Records == Options.Records && kept.Seed == Options.Seed ? kept.What : null;
    }

    private T Leave<T>(string name, T what) where T : class
    {
        File.WriteAllText(Path.Combine(Options.Data, name), JsonSerializer.Serialize(new Kept<T>(Options.Records, Options.Seed, what)));
        return what;
    }

    private sealed record Kept<T>(int Records, ulong Seed, T What);

    private static string BuiltServer()
    {
        for (var root = new DirectoryInfo(AppContext.BaseDirectory); root is not null; root = root.Parent)
        {
            if (File.Exists(Path.Combine(root.FullName, "Datt.Paid.sln")))
                return Path.Combine(root.FullName, "src/Datt.Paid.Server/bin/Release/net10.0/Datt.Paid.Server.dll");
        }
        throw new DirectoryNotFoundException("Not below the project's root: name the server's assembly with --server.");
    }

    private static T Timed<T>(string what, Func<T> work)
    {
        Say(what);
        return work();
    }
}

/// <param name="Data">A server's data directory.</param>
/// <param name="ApiKey">A key of an account in it that may announce and search.</param>
internal sealed record LoadedServer(string Data, string ApiKey);
