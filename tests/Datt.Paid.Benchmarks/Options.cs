using System.Globalization;

namespace Datt.Paid.Benchmarks;

/// <summary>What one run measures and how long.</summary>
/// <param name="Only">Names of the figures to measure; empty for all.</param>
/// <param name="Records">Records announced and searched.</param>
/// <param name="Rounds">Interleaved rounds per figure.</param>
/// <param name="Seconds">Length of one measured stretch of searches.</param>
/// <param name="Seed">Of records and queries.</param>
/// <param name="Data">Where servers and peers keep their files: on a disk, not in memory.</param>
/// <param name="Server">The server's assembly; null for the Release build of this tree.</param>
/// <param name="Json">JSON instead of Markdown.</param>
/// <param name="Keep">Leaves the files there, and takes those that an earlier run with it left: for trying changes of the search in turn.</param>
/// <param name="Sockets">Idle sockets that are opened, more than 500.</param>
internal sealed record Options(
    IReadOnlyList<string> Only, int Records, int Rounds, double Seconds, ulong Seed, string Data, string? Server, bool Json, bool Keep, int Sockets)
{
    public const string Usage =
        """
        usage: Datt.Paid.Benchmarks VERB [options]
          figures                  measures the product beside its peers and prints one table
          peers                    measures the peers alone: indexing and search rates
          search-profile           starts a loaded server and keeps it busy with searches, for a profiler
          records                  writes generated records as NDJSON
        options
          --only NAME[,NAME]       announce, search, sqlite, gate, cranfield, restart, memory, presence, sockets, signalling, swarm, swarm-sources; of search-profile: light, heavy, rare
          --records N              default 300000
          --rounds N               default 5
          --seconds S              of one stretch of searches, default 3
          --seed N                 default 1
          --data DIR               default below this project's bin folder
          --server DLL             default the Release build of src/Datt.Paid.Server
          --sockets N              idle PeerJS sockets, default 10000
          --json
          --keep                   leave the files, and take those that a run with --keep and the same records left
        """;

    /// <exception cref="ArgumentException">An argument is not known or not well formed.</exception>
    public static Options Parse(ReadOnlySpan<string> args)
    {
        var options = new Options([], 300_000, 5, 3, 1, Path.Combine(AppContext.BaseDirectory, "run"), null, false, false, 10_000);
        for (var i = 0; i < args.Length; i++)
        {
            switch (args[i])
            {
                case "--json":
                    options = options with { Json = true };
                    continue;
                case "--keep":
                    options = options with { Keep = true };
                    continue;
            }
            if (i + 1 == args.Length)
                throw new ArgumentException($"{args[i]} is not an option, or its value is missing.");
            var value = args[i + 1];
            options = args[i++] switch
            {
                "--only" => options with { Only = value.Split(',') },
                "--records" => options with { Records = int.Parse(value, CultureInfo.InvariantCulture) },
                "--rounds" => options with { Rounds = int.Parse(value, CultureInfo.InvariantCulture) },
                "--seconds" => options with { Seconds = double.Parse(value, CultureInfo.InvariantCulture) },
                "--seed" => options with { Seed = ulong.Parse(value, CultureInfo.InvariantCulture) },
                "--sockets" => options with { Sockets = int.Parse(value, CultureInfo.InvariantCulture) },
                "--data" => options with { Data = Path.GetFullPath(value) },
                "--server" => options with { Server = Path.GetFullPath(value) },
                var unknown => throw new ArgumentException($"{unknown} is not an option."),
            };
        }
        return options;
    }

    public TimeSpan Stretch => TimeSpan.FromSeconds(Seconds);
}
