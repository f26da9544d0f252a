using Datt.Paid.Protocol.Cbor;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Runs;

/// <summary>A run as the objects that list runs encode it: CBOR <c>[id, bytes, count, level, minSeq, maxSeq]</c>.</summary>
internal static class RunInfoCodec
{
    public const int MaxBytes = 7 * CborEncoder.MaxHead + Hash256.Size;

    private const int Fields = 6;

    public static void Write(IReadOnlyList<RunInfo> runs, ref CborEncoder to)
    {
        to.Array(runs.Count);
        foreach (var run in runs)
        {
            to.Array(Fields);
            to.Bytes(run.Id.Root.ToArray());
            to.Integer(run.Bytes);
            to.Integer(run.Count);
            to.Integer(run.Level);
            to.Integer(run.MinSeq);
            to.Integer(run.MaxSeq);
        }
    }

    public static bool TryRead(scoped ref CborDecoder from, int max, out RunInfo[] runs)
    {
        runs = [];
        if (!from.Array(max, out var count))
            return false;
        var read = new List<RunInfo>();
        for (var i = 0; i < count; i++)
        {
            if (!from.ArrayOf(Fields) || !from.Bytes(Hash256.Size, Hash256.Size, out var id)
                || !from.Integer(1, RunLimits.MaxBytes, out var bytes) || !from.Integer(0, RunLimits.MaxRecords, out var records)
                || !from.Integer(0, RunLimits.MaxLevel, out var level)
                || !from.Integer(1, long.MaxValue, out var minSeq) || !from.Integer(minSeq, long.MaxValue, out var maxSeq))
                return false;
            read.Add(new RunInfo(new RunId(new Hash256(id)), bytes, records, (int)level, minSeq, maxSeq));
        }

        runs = [.. read];
        return true;
    }

    /// <summary>Whether the numbers are those that <see cref="TryRead"/> accepts.</summary>
    public static bool IsValid(RunInfo run) =>
        run.Scope.IsValid && run.Bytes is >= 1 and <= RunLimits.MaxBytes && run.Count is >= 0 and <= RunLimits.MaxRecords;
}
