using System.Globalization;
using System.Text.Json;
using Datt.Paid.Benchmarks.Corpus;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>
/// The inside of a peer's process: one command a line on the input, one line of JSON on the output. Arguments are separated by tabs.
/// </summary>
internal static class PeerHost
{
    /// <param name="args"><c>lucene mmap PATH</c>, <c>lucene nio PATH</c> or <c>sqlite - PATH</c>.</param>
    public static int Run(string[] args)
    {
        Directory.CreateDirectory(args[2]);
        using ISearchPeer peer = args[0] == "sqlite" ? new SqlitePeer(args[2]) : new LucenePeer(args[2], args[1]);
        CorpusRecord[] records = [];
        while (Console.ReadLine() is { } line)
        {
            var words = line.Split('\t');
            object answer = "";
            switch (words[0])
            {
                case "generate":
                    records = [.. new RecordGenerator(ulong.Parse(words[1], CultureInfo.InvariantCulture)).Range(0, Number(words[2]))];
                    break;
                case "index":
                    answer = peer.Index(records, Number(words[1]));
                    records = [];
                    GC.Collect();
                    break;
                case "open":
                    peer.Open();
                    break;
                case "count":
                    answer = File.ReadLines(words[1]).Select(peer.Count).ToArray();
                    break;
                case "search":
                    answer = peer.Search(
                        File.ReadAllLines(words[1]), Number(words[2]), TimeSpan.FromSeconds(double.Parse(words[3], CultureInfo.InvariantCulture)));
                    break;
                default:
                    throw new ArgumentException($"No such command: {words[0]}");
            }
            Console.WriteLine(JsonSerializer.Serialize(answer, answer.GetType()));
        }
        return 0;
    }

    private static int Number(string word) => int.Parse(word, CultureInfo.InvariantCulture);
}
