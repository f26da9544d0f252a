using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>
/// The runs that were merged away and are still served, for those who fell behind. Encoded as CBOR <c>["datt retired 1", runs]</c>.
/// </summary>
public sealed class Retired
{
    /// <summary>A run is served until so many newer ones of its level have been merged away.</summary>
    public const int KeptPerLevel = 64;

    public static readonly Retired None = new([]);

    private const string Name = "datt retired 1";
    private const int MaxRuns = KeptPerLevel * (RunLimits.MaxLevel + 1);

    private readonly byte[] _bytes;

    private Retired(IReadOnlyList<RunInfo> runs)
    {
        Runs = runs;
        var buffer = new byte[64 + runs.Count * RunInfoCodec.MaxBytes];
        var to = new CborEncoder(buffer);
        to.Array(2);
        to.Text(Name);
        RunInfoCodec.Write(runs, ref to);
        _bytes = buffer[..to.Length];
        Hash = Hash256.Of(_bytes);
    }

    /// <summary>By level, then oldest first.</summary>
    public IReadOnlyList<RunInfo> Runs { get; }

    /// <summary>SHA-256 of <see cref="Encode"/>: what a manifest holds.</summary>
    public Hash256 Hash { get; }

    /// <summary>The list after more runs were merged away, without those that no longer need serving.</summary>
    public Retired With(IEnumerable<RunInfo> mergedAway)
    {
        var all = Runs.Concat(mergedAway).ToArray();
        if (!Array.TrueForAll(all, RunInfoCodec.IsValid))
            throw new ArgumentException("A run is outside the limits of what may be listed.", nameof(mergedAway));
        var kept = all.GroupBy(r => r.Level).OrderBy(g => g.Key)
            .SelectMany(level => level.DistinctBy(r => r.MinSeq).OrderBy(r => r.MinSeq).TakeLast(KeptPerLevel));
        return new Retired([.. kept]);
    }

    public byte[] Encode() => [.. _bytes];

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Retired? retired, out DecodeFault fault)
    {
        retired = null;
        var from = new CborDecoder(bytes);
        if (from.ArrayOf(2) && ManifestCodec.IsName(ref from, Name) && RunInfoCodec.TryRead(ref from, MaxRuns, out var runs) && from.End()
            && (IsInOrder(runs) || from.Fail(DecodeFault.NotCanonical)))
            retired = new Retired(runs);
        fault = from.Fault;
        return retired is not null;
    }

    private static bool IsInOrder(RunInfo[] runs)
    {
        for (var i = 1; i < runs.Length; i++)
        {
            if ((runs[i - 1].Level, runs[i - 1].MinSeq).CompareTo((runs[i].Level, runs[i].MinSeq)) >= 0)
                return false;
        }

        return runs.CountBy(r => r.Level).All(level => level.Value <= KeptPerLevel);
    }
}
