using Lucene.Net.Util;

namespace Datt.Paid.Search.Execution;

/// <summary>
/// BM25 as Lucene 4.8 computes it, k1 = 1.2, b = 0.75: idf(df) * (k1 + 1) * tf / (tf + k1 * (1 - b + b * length / average)), where the length is what is left of it
/// in one byte.
/// </summary>
internal static class Bm25
{
    public const float K1 = 1.2f;
    public const float B = 0.75f;

    private static readonly float[] Lengths = BuildLengths();

    /// <param name="docFreq">Contents that have the term.</param>
    /// <param name="count">Contents in the index.</param>
    public static float Idf(long docFreq, long count) => (float)Math.Log(1 + ((count - docFreq + 0.5D) / (docFreq + 0.5D)));

    /// <summary>For each norm byte what is added to the frequency in the divisor.</summary>
    public static float[] NormTable(float averageLength)
    {
        var table = new float[256];
        for (var norm = 0; norm < table.Length; norm++)
            table[norm] = K1 * ((1 - B) + (B * (Lengths[norm] / averageLength)));
        return table;
    }

    private static float[] BuildLengths()
    {
        var lengths = new float[256];
        for (var norm = 0; norm < lengths.Length; norm++)
        {
            var root = SmallSingle.SByte315ToSingle((sbyte)norm);
            lengths[norm] = 1.0f / (root * root);
        }

        return lengths;
    }
}
