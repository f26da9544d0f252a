namespace Datt.Paid.Sync.Exchange;

/// <summary><c>Datt:Federation:Exchange</c>: how much of the index is given away, to whom.</summary>
public sealed class ExchangeSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Federation:Exchange";

    /// <summary>
    /// Bytes of runs a second for one caller (a server that signs, an account, an address), in bursts of ten seconds. 0: no such limit.
    /// <c>Datt:Limits:RequestsPerSecond</c> 0 switches it off too.
    /// </summary>
    public long BytesPerSecond { get; set; } = 50_000_000;

    /// <summary>With <see cref="RunPolicy.Reciprocal"/>: bytes a day (UTC) for all who have given nothing yet, together.</summary>
    public long PoolPerDay { get; set; } = 1_000_000_000;

    /// <summary>With <see cref="RunPolicy.Reciprocal"/>: bytes in one turn of the optimistic slot.</summary>
    public long SlotBytes { get; set; } = 4_000_000;

    /// <summary>How long a turn of the optimistic slot lasts. 30 s as in BitTorrent.</summary>
    public TimeSpan SlotTurn { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>Leaves with their paths that an address may ask for in a day (UTC) for each origin, whatever the policy.</summary>
    public int FreeProofsPerDay { get; set; } = 64;

    public IEnumerable<string> Errors()
    {
        if (BytesPerSecond is not 0 and (< 20_000 or > 100_000_000_000))
            yield return $"{Section}:BytesPerSecond is {BytesPerSecond}; it must be 0 (no limit) or from 20000 to 100000000000.";
        if (PoolPerDay is < 0 or > 1_000_000_000_000_000)
            yield return $"{Section}:PoolPerDay is {PoolPerDay}; it must be from 0 to 1000000000000000.";
        if (SlotBytes is < 0 or > 1_000_000_000_000)
            yield return $"{Section}:SlotBytes is {SlotBytes}; it must be from 0 to 1000000000000.";
        if (SlotTurn < TimeSpan.FromSeconds(1) || SlotTurn > TimeSpan.FromHours(1))
            yield return $"{Section}:SlotTurn is {SlotTurn}; it must be from 00:00:01 to 01:00:00.";
        if (FreeProofsPerDay is < 0 or > 1_000_000)
            yield return $"{Section}:FreeProofsPerDay is {FreeProofsPerDay}; it must be from 0 to 1000000.";
    }
}
