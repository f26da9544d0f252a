namespace Datt.Paid.Server.Tests.Quality;

/// <summary>Values worked out by hand.</summary>
public class RankingQualityTests
{
    [Fact]
    public void A_perfect_ranking_has_one() => Assert.Equal(new RankingQuality(1, 1), Of([1, 2, 3], 1, 2));

    [Fact]
    public void Nothing_found_has_zero() => Assert.Equal(new RankingQuality(0, 0), Of([7, 8], 1, 2));

    [Fact]
    public void A_relevant_hit_counts_by_its_rank()
    {
        var quality = Of([7, 1, 8, 2], 1, 2, 3);

        Assert.Equal((1.0 / 2 + 2.0 / 4) / 3, quality.Map, 9);
        var ideal = 1 + 1 / Math.Log2(3) + 1 / Math.Log2(4);
        Assert.Equal((1 / Math.Log2(3) + 1 / Math.Log2(5)) / ideal, quality.Ndcg10, 9);
    }

    [Fact]
    public void Only_the_first_ten_gain_but_all_are_precise()
    {
        var quality = Of([11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 1], 1);

        Assert.Equal(0, quality.Ndcg10);
        Assert.Equal(1.0 / 11, quality.Map, 9);
    }

    [Fact]
    public void A_question_without_answers_does_not_count()
    {
        CranfieldCollection.Question answered = new("a", new HashSet<int> { 1 }), unanswered = new("b", new HashSet<int>());

        Assert.Equal(new RankingQuality(1, 1), RankingQuality.Of([(answered, [1]), (unanswered, [1])]));
    }

    private static RankingQuality Of(IReadOnlyList<int> ranking, params int[] relevant) =>
        RankingQuality.Of([(new CranfieldCollection.Question("", relevant.ToHashSet()), ranking)]);
}
