namespace Datt.Paid.Protocol.Runs;

/// <summary>Why bytes are not the run they should be, or runs cannot be merged.</summary>
public enum RunFault
{
    /// <summary>Nothing is wrong.</summary>
    None,

    /// <summary>Shorter than its own parts say.</summary>
    Truncated,

    /// <summary>Not a run, or one of a format version that this program does not know.</summary>
    UnknownFormat,

    /// <summary>Header, index or trailer are not canonical or contradict each other.</summary>
    BadStructure,

    /// <summary>A frame does not decompress to what the index says.</summary>
    BadFrame,

    /// <summary>A record is not canonical or not within its limits.</summary>
    BadRecord,

    /// <summary>Keys are not strictly ascending.</summary>
    OutOfOrder,

    /// <summary>A sequence number outside the run's range.</summary>
    OutOfRange,

    /// <summary>A size or count beyond <see cref="RunLimits"/>.</summary>
    OverLimit,

    /// <summary>Another length, Merkle root, count, level or range than its manifest says.</summary>
    NotAsListed,

    /// <summary>The runs to merge overlap or leave a gap between their sequence numbers.</summary>
    NotContiguous,
}
