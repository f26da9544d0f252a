namespace Datt.Paid.Server.Tests.Quality;

/// <summary>
/// How good rankings are on the mean of all questions that have an answer, with binary relevance (Jarvelin and Kekalainen 2002 for nDCG).
/// </summary>
/// <param name="Ndcg10">Normalised discounted cumulative gain of the first ten, 0 to 1.</param>
/// <param name="Map">Mean average precision of the whole ranking, 0 to 1.</param>
internal sealed record RankingQuality(double Ndcg10, double Map)
{
    /// <param name="rankings">For each question the ids found, best first.</param>
    public static RankingQuality Of(IEnumerable<(CranfieldCollection.Question Question, IReadOnlyList<int> Ranking)> rankings)
    {
        var judged = rankings.Where(r => r.Question.Relevant.Count > 0).ToArray();
        return new RankingQuality(
            judged.Average(r => Ndcg(r.Ranking, r.Question.Relevant, 10)),
            judged.Average(r => AveragePrecision(r.Ranking, r.Question.Relevant)));
    }

    private static double Ndcg(IReadOnlyList<int> ranking, IReadOnlySet<int> relevant, int depth)
    {
        var gained = ranking.Take(depth).Select((id, i) => relevant.Contains(id) ? Discount(i) : 0).Sum();
        return gained / Enumerable.Range(0, Math.Min(depth, relevant.Count)).Sum(Discount);
    }

    private static double AveragePrecision(IReadOnlyList<int> ranking, IReadOnlySet<int> relevant)
    {
        var found = 0;
        var sum = 0.0;
        for (var i = 0; i < ranking.Count; i++)
        {
            if (relevant.Contains(ranking[i]))
                sum += ++found / (i + 1.0);
        }
        return sum / relevant.Count;
    }

    private static double Discount(int rank) => 1 / Math.Log2(rank + 2);
}
