using System.Globalization;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>What several rounds measured.</summary>
internal sealed record Spread(double Median, double Min, double Max)
{
    public static Spread Of(IEnumerable<double> values)
    {
        var sorted = values.Order().ToArray();
        var middle = sorted.Length / 2;
        return new Spread(sorted.Length % 2 == 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2, sorted[0], sorted[^1]);
    }

    /// <summary>Each round of <paramref name="ours"/> over the same round of <paramref name="theirs"/>.</summary>
    public static Spread Ratio(IReadOnlyList<double> ours, IReadOnlyList<double> theirs) => Of(ours.Zip(theirs, (o, t) => o / t));

    public string Show(string format) => string.Create(
        CultureInfo.InvariantCulture,
        $"{Median.ToString(format, CultureInfo.InvariantCulture)} ({Min.ToString(format, CultureInfo.InvariantCulture)} to {Max.ToString(format, CultureInfo.InvariantCulture)})");
}
