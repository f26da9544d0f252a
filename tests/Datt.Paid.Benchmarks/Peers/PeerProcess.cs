using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Datt.Paid.Benchmarks.Load;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>
/// A peer in a process of its own, so that neither the load generator's heap nor another peer's slows it, with the garbage collector
/// that suits it.
/// </summary>
internal sealed class PeerProcess : IDisposable
{
    private readonly Process _process;

    private PeerProcess(string name, Process process) => (Name, _process) = (name, process);

    public string Name { get; }

    public static PeerProcess StartLucene(string directory, string store, bool serverGc) =>
        Start($"Lucene.Net {(store == "mmap" ? "MMapDirectory" : "NIOFSDirectory")}, {(serverGc ? "server" : "workstation")} GC",
            ["lucene", store, directory], serverGc);

    public static PeerProcess StartSqlite(string directory) => Start("SQLite FTS5", ["sqlite", "-", directory], serverGc: false);

    /// <summary>Generates the records inside the peer and indexes them.</summary>
    /// <returns>From the first record added to the last one searchable; generating is not in it.</returns>
    public Stretch Index(ulong seed, int records, int threads)
    {
        Ask("generate", seed, records);
        return Ask("index", threads).Deserialize<Stretch>()!;
    }

    public void Open() => Ask("open");

    public int[] Count(string queriesFile) => Ask("count", queriesFile).Deserialize<int[]>()!;

    public Stretch Search(string queriesFile, int threads, TimeSpan time) =>
        Ask("search", queriesFile, threads, time.TotalSeconds).Deserialize<Stretch>()!;

    public void Dispose()
    {
        _process.StandardInput.Close();
        if (!_process.WaitForExit(10_000))
            _process.Kill();
        _process.Dispose();
    }

    private static PeerProcess Start(string name, string[] arguments, bool serverGc)
    {
        var start = new ProcessStartInfo("dotnet", [typeof(PeerProcess).Assembly.Location, "peer", .. arguments])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        start.Environment["DOTNET_gcServer"] = serverGc ? "1" : "0";
        return new PeerProcess(name, Process.Start(start)!);
    }

    private JsonElement Ask(params object[] command)
    {
        _process.StandardInput.WriteLine(string.Join('\t', command.Select(c => Convert.ToString(c, CultureInfo.InvariantCulture))));
        _process.StandardInput.Flush();
        var line = _process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Name} ended; its error is above.");
        return JsonDocument.Parse(line).RootElement;
    }
}
