namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// What a run covers: every sequence number from <paramref name="MinSeq"/> to <paramref name="MaxSeq"/>, both included, whether or not
/// a record of it is still there. <paramref name="Level"/> 0 is sealed from the log, each level above is merged from the one below.
/// </summary>
public readonly record struct RunScope(int Level, long MinSeq, long MaxSeq)
{
    /// <summary>Whether the numbers are within <see cref="RunLimits"/> and in order.</summary>
    public bool IsValid => Level is >= 0 and <= RunLimits.MaxLevel && MinSeq >= 1 && MinSeq <= MaxSeq;
}

/// <summary>A run as a manifest lists it.</summary>
/// <param name="Id">Merkle root of the file.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="Count">Records in it, tombstones included.</param>
/// <param name="Level">See <see cref="RunScope"/>.</param>
/// <param name="MinSeq">First sequence number covered.</param>
/// <param name="MaxSeq">Last sequence number covered.</param>
public sealed record RunInfo(RunId Id, long Bytes, long Count, int Level, long MinSeq, long MaxSeq)
{
    public RunScope Scope => new(Level, MinSeq, MaxSeq);
}
