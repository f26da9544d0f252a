namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>Ranks drawn with the Zipf-Mandelbrot law: the weight of rank r (from 0) is 1 / (r + 1 + shift)^exponent.</summary>
internal sealed class Zipf
{
    private readonly double[] _cumulative;

    public Zipf(int ranks, double exponent, double shift)
    {
        _cumulative = new double[ranks];
        var sum = 0.0;
        for (var rank = 0; rank < ranks; rank++)
            _cumulative[rank] = sum += Math.Pow(rank + 1 + shift, -exponent);
    }

    public int Draw(ref SplitMix random)
    {
        var at = Array.BinarySearch(_cumulative, random.Fraction() * _cumulative[^1]);
        return Math.Min(at < 0 ? ~at : at + 1, _cumulative.Length - 1);
    }
}
