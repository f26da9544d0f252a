namespace Datt.Paid.Cli.Network;

/// <summary>A server with its place among others.</summary>
/// <param name="Server">The server.</param>
/// <param name="Score">0 to 1; higher is better.</param>
public sealed record RankedServer(SeenServer Server, double Score);

/// <summary>
/// Which server to choose: <c>coverage / (1 + price / median price) / (1 + latency / 1 s)</c>. One that covers everything, costs nothing and
/// answers at once scores 1; the usual price halves that, and so does a second of waiting. Coverage and price are the servers' own claims.
/// </summary>
public static class ServerRanking
{
    /// <summary>Best first; servers that do not answer, and dearer ones than <paramref name="maxPrice"/>, are left out.</summary>
    /// <param name="servers">As a walk met them.</param>
    /// <param name="maxPrice">Of a month, in the currency that most servers ask in; other currencies cannot be compared with it and are left out then.</param>
    public static IReadOnlyList<RankedServer> Rank(IEnumerable<SeenServer> servers, decimal? maxPrice = null)
    {
        var answering = servers.Where(s => s.State == ServerAnswer.Answers).ToList();
        var currency = Currency(answering);
        var prices = answering.Where(s => s.Price is not null && s.Price.Currency == currency && s.Search != "Free").Select(s => s.Price!.Amount).Order().ToList();
        var median = prices.Count == 0 ? 0 : prices[prices.Count / 2];
        return [.. answering
            .Select(s => (Server: s, Price: Amount(s, currency)))
            .Where(s => maxPrice is null || s.Price <= maxPrice)
            // What cannot be compared counts like the dearest.
            .Select(s => new RankedServer(s.Server, Score(s.Server, s.Price ?? prices.LastOrDefault(), median)))
            .OrderByDescending(s => s.Score).ThenBy(s => s.Server.Id, StringComparer.Ordinal)];
    }

    /// <summary>The currency that most paid servers ask in; null where none is paid.</summary>
    public static string? Currency(IEnumerable<SeenServer> servers) => servers
        .Where(s => s is { State: ServerAnswer.Answers, Price: not null, Search: not "Free" })
        .GroupBy(s => s.Price!.Currency, StringComparer.Ordinal)
        .OrderByDescending(g => g.Count()).ThenBy(g => g.Key, StringComparer.Ordinal).FirstOrDefault()?.Key;

    private static decimal? Amount(SeenServer server, string? currency) =>
        server.Search == "Free" || server.Price is null ? 0 : server.Price.Currency == currency ? server.Price.Amount : null;

    private static double Score(SeenServer server, decimal price, decimal median)
    {
        var cost = median > 0 ? (double)(price / median) : 0;
        return Math.Round((server.Coverage?.Ratio ?? 0) / (1 + cost) / (1 + (server.LatencyMs ?? 0) / 1_000), 4);
    }
}
