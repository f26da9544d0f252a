namespace Datt.Paid.Policy;

/// <summary><c>Datt:Policy</c>: how changed rules are brought into the index.</summary>
public sealed class PolicySettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Policy";

    /// <summary>Contents looked at in a second while a changed rule is applied to what is indexed.</summary>
    public int ContentsPerSecond { get; set; } = 200_000;

    /// <summary>How often hidden contents are counted anew while there are rules.</summary>
    public TimeSpan CountInterval { get; set; } = TimeSpan.FromMinutes(15);

    /// <summary>All errors at once, in words that name the setting; empty when it can be used.</summary>
    public IEnumerable<string> Errors()
    {
        if (ContentsPerSecond is < 1 or > 10_000_000)
            yield return $"{Section}:ContentsPerSecond is {ContentsPerSecond}; it must be from 1 to 10000000.";
        if (CountInterval < TimeSpan.FromSeconds(1) || CountInterval > TimeSpan.FromDays(1))
            yield return $"{Section}:CountInterval is {CountInterval}; it must be from 00:00:01 to 1.00:00:00.";
    }
}
