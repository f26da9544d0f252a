namespace Datt.Paid.Cli.Auditing;

/// <summary>What an audit asks for at most.</summary>
public sealed record AuditLimits
{
    /// <summary>Leaves of the sample. 64 for each origin and day cost nothing anywhere.</summary>
    public int Leaves { get; init; } = 64;

    /// <summary>Records that are looked up, and that are read for <c>--content</c>, at most.</summary>
    public int Records { get; init; } = 32;

    /// <summary>Contents that are fetched from holders at most.</summary>
    public int Contents { get; init; } = 16;

    /// <summary>Longest content that is fetched, in bytes.</summary>
    public long ContentBytes { get; init; } = 16 * 1024 * 1024;

    /// <summary>Bytes of runs that are read for the sake of records, in all.</summary>
    public long RunBytes { get; init; } = 128 * 1024 * 1024;

    /// <summary>Bytes of one answer.</summary>
    public long AnswerBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Requests to one server at the same time.</summary>
    public int AtOnce { get; init; } = 4;

    /// <summary>Servers that are asked for their manifests at the same time.</summary>
    public int ServersAtOnce { get; init; } = 32;

    /// <summary>Servers beside the origin that are asked for what the audited one does not have.</summary>
    public int Witnesses { get; init; } = 3;

    /// <summary>Longest time for one request.</summary>
    public TimeSpan PerRequest { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>What was younger than this when the manifests were taken may still have been on its way: it is asked for a second time.</summary>
    public TimeSpan Young { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>Not before so long after the manifests were taken.</summary>
    public TimeSpan SecondAsk { get; init; } = TimeSpan.FromSeconds(3);

    /// <summary>Longest time in all; what was measured by then is the result, and says that it was cut short.</summary>
    public TimeSpan InAll { get; init; } = TimeSpan.FromMinutes(10);
}
