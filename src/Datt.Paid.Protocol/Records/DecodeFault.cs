namespace Datt.Paid.Protocol.Records;

/// <summary>Why bytes from outside are not what they should be.</summary>
public enum DecodeFault
{
    /// <summary>They are.</summary>
    None,

    /// <summary>They end too early.</summary>
    Truncated,

    /// <summary>Another type or length than the format asks for, or bytes left over.</summary>
    Malformed,

    /// <summary>Readable, but not the one encoding that the format allows.</summary>
    NotCanonical,

    /// <summary>A value is outside its limits.</summary>
    OverLimit,
}
