namespace Datt.Paid.Cli.Auditing;

/// <summary>What a sample says about a share, with an interval that holds the true share in at least about 95 of 100 samples.</summary>
/// <param name="Share">The share found in the sample, 0 to 1.</param>
/// <param name="Low">Lower end of the interval.</param>
/// <param name="High">Upper end of the interval.</param>
/// <param name="Sampled">Size of the sample.</param>
/// <param name="Found">How many of it were found.</param>
public sealed record ShareEstimate(double Share, double Low, double High, int Sampled, int Found)
{
    /// <summary>The 97.5 % point of the normal distribution: 2.5 % lie beyond either end.</summary>
    private const double Z = 1.959963984540054;

    /// <summary>
    /// The score interval of E. B. Wilson, "Probable Inference, the Law of Succession, and Statistical Inference", JASA 22 (1927) 209-212:
    /// <c>(p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)</c>. It is right for independent draws with one probability. Here each draw comes
    /// from a stratum of its own (<see cref="LeafDraw"/>), all of equal weight: then p stays unbiased and the number found spreads
    /// less than a binomial of the same mean (W. Hoeffding, "On the Distribution of the Number of Successes in Independent Trials", Ann. Math. Stat. 27
    /// (1956) 713-721), so the interval is rather too wide than too narrow.
    /// </summary>
    /// <returns>Null where nothing was sampled.</returns>
    public static ShareEstimate? Of(int found, int sampled)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(found);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(found, sampled);
        if (sampled == 0)
        {
            return null;
        }

        double n = sampled;
        var p = found / n;
        var middle = p + Z * Z / (2 * n);
        var reach = Z * Math.Sqrt(p * (1 - p) / n + Z * Z / (4 * n * n));
        var scale = 1 + Z * Z / n;
        // At the ends the formula gives 0 and 1 but for rounding.
        var low = found == 0 ? 0 : Math.Clamp((middle - reach) / scale, 0, p);
        var high = found == sampled ? 1 : Math.Clamp((middle + reach) / scale, p, 1);
        return new ShareEstimate(p, low, high, sampled, found);
    }
}
