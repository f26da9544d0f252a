namespace Datt.Paid.Protocol.Records;

/// <summary>The limits on a record, texts in UTF-8 bytes.</summary>
public static class RecordLimits
{
    public const int NodeId = 64;
    public const int ContentId = 200;
    public const int Title = 1_000;
    public const int Summary = 30_000;
    public const int Label = 200;
    public const int Author = 200;
    public const int Tag = 200;
    public const int Url = 2_000;

    /// <summary>Number of tags.</summary>
    public const int Tags = 32;

    /// <summary><c>type/subtype</c>, each part at most 127 (RFC 6838).</summary>
    public const int Type = 255;

    /// <summary>Longer than any language tag in use; RFC 5646 asks for 35.</summary>
    public const int Language = 64;

    /// <summary>Greatest size, 2^53 - 1: what every JSON reader keeps exactly.</summary>
    public const long Size = 9_007_199_254_740_991;

    /// <summary>1000-01-01T00:00:00Z, in milliseconds since the Unix epoch. What is said to be older is a mistake, like year 1.</summary>
    public const long EarliestPublication = -30_610_224_000_000;

    /// <summary>9999-12-31T23:59:59.999Z: the last time that RFC 3339 can write.</summary>
    public const long LatestTime = 253_402_300_799_999;
}
