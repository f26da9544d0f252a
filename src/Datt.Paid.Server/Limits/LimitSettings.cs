namespace Datt.Paid.Server.Limits;

/// <summary><c>Datt:Limits</c>.</summary>
public sealed class LimitSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Limits";

    /// <summary>
    /// Per API key, or per address (IPv4, IPv6 /64) without one, in bursts of twice that. 0 switches off every limit on rates and
    /// on new accounts.
    /// </summary>
    public double RequestsPerSecond { get; set; } = 100;

    public IEnumerable<string> Errors()
    {
        if (!(RequestsPerSecond is 0 or (>= 0.01 and <= 1_000_000)))
            yield return $"{Section}:RequestsPerSecond is {RequestsPerSecond}; it must be 0 (no limits) or from 0.01 to 1000000.";
    }
}
