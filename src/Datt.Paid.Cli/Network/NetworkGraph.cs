using System.Globalization;
using System.Text;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Network;

/// <summary>A network as a picture in the DOT language of Graphviz: a box for each server, an arrow from who lists to who is listed.</summary>
public static class NetworkGraph
{
    private const int LongestText = 60;

    public static string Write(SeenNetwork network)
    {
        var dot = new StringBuilder("digraph network {\n  rankdir=LR;\n  node [shape=box, style=filled, fillcolor=white, fontname=\"sans-serif\"];\n");
        var boxes = new Dictionary<string, string>(StringComparer.Ordinal);
        for (var i = 0; i < network.Servers.Count; i++)
        {
            var server = network.Servers[i];
            boxes.TryAdd(server.Id, $"s{i}");
            dot.Append(CultureInfo.InvariantCulture, $"  s{i} [label=\"{Label(server)}\", fillcolor=\"{Color(server)}\"];\n");
        }

        foreach (var server in network.Servers)
        {
            foreach (var listed in server.Lists)
            {
                if (boxes.TryGetValue(server.Id, out var from) && boxes.TryGetValue(listed, out var to))
                {
                    dot.Append(CultureInfo.InvariantCulture, $"  {from} -> {to};\n");
                }
            }
        }

        return dot.Append("}\n").ToString();
    }

    private static string Label(SeenServer server)
    {
        string[] lines = server.State == ServerAnswer.Answers
            ? [server.Name ?? server.Id, NetworkTexts.Price(server), NetworkTexts.Coverage(server), server.Url]
            : [server.Name ?? server.Url, server.State.ToString(), server.Url];
        return string.Join("\\n", lines.Select(Escape));
    }

    private static string Color(SeenServer server) => server switch
    {
        { State: not ServerAnswer.Answers } => "lightgrey",
        { Search: "Free" } => "palegreen",
        _ => "lightyellow",
    };

    /// <summary>A quoted string of DOT: quotes and backslashes escaped, nothing that would be read as an escape of the label.</summary>
    private static string Escape(string text) =>
        NetworkTexts.Short(text, LongestText).Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
}

/// <summary>Figures of a server as people read them.</summary>
public static class NetworkTexts
{
    public static string Price(SeenServer server) => server.Price is { } price && server.Search != "Free" ? $"{price} a {price.Period ?? "month"}" : "free";

    public static string Coverage(SeenServer server) => server.Coverage is { } c
        ? string.Create(CultureInfo.InvariantCulture, $"{c.Ratio * 100:0.#} % of {Figures.Count(c.NetworkRecords, "record")}")
        : "";

    public static string Latency(SeenServer server) =>
        server.LatencyMs is { } ms ? string.Create(CultureInfo.InvariantCulture, $"{(ms < 10 ? $"{ms:0.#}" : $"{ms:0}")} ms") : "";

    /// <summary>Age of the card; a card from the future shows that a clock is wrong.</summary>
    public static string Freshness(SeenServer server) => server.CardAgeSeconds switch
    {
        null => "",
        < -5 and var ahead => string.Create(CultureInfo.InvariantCulture, $"clock {-ahead:0} s ahead"),
        < 60 and var age => string.Create(CultureInfo.InvariantCulture, $"{Math.Max(0, age):0} s old"),
        < 3_600 and var age => string.Create(CultureInfo.InvariantCulture, $"{age / 60:0} min old"),
        var age => string.Create(CultureInfo.InvariantCulture, $"{age / 3_600:0} h old"),
    };

    /// <summary>A stranger's text on one line and not longer than said.</summary>
    public static string Short(string text, int longest)
    {
        var safe = Figures.Safe(text);
        if (safe.Length <= longest)
        {
            return safe;
        }

        var end = char.IsHighSurrogate(safe[longest - 2]) ? longest - 2 : longest - 1;
        return safe[..end] + "…";
    }
}
