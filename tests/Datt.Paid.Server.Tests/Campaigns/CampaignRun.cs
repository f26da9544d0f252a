using System.Diagnostics;
using System.Globalization;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// How far a campaign goes and with which random numbers. <c>DATT_CAMPAIGN=full</c> asks for the full form,
/// <c>DATT_SEED</c> repeats a run's random choices (moments of a kill still depend on the machine).
/// </summary>
internal sealed class CampaignRun
{
    private readonly ITestOutputHelper _output;
    private readonly string _name;
    private readonly long _started = Stopwatch.GetTimestamp();

    public CampaignRun(ITestOutputHelper output, string name)
    {
        _output = output;
        _name = name;
        Say($"seed {Seed} (DATT_SEED={Seed} repeats it), {(Full ? "full" : "short")} form");
    }

    public static bool Full { get; } = Environment.GetEnvironmentVariable("DATT_CAMPAIGN") == "full";

    public static int Seed { get; } = int.TryParse(Environment.GetEnvironmentVariable("DATT_SEED"), CultureInfo.InvariantCulture, out var seed)
        ? seed
        : new Random().Next();

    public static int Kills => Full ? 100 : 10;

    public static int Inputs => Full ? 1_000_000 : 10_000;

    /// <summary>Random numbers of one actor of the campaign: independent of what the other actors draw.</summary>
    public static Random RandomFor(int actor) => new(unchecked((Seed * 397) ^ (actor * 7919)));

    /// <summary>One line to the test's output and to the console, so that it is seen in a run that passes.</summary>
    public void Say(string line)
    {
        var text = string.Create(CultureInfo.InvariantCulture, $"[{_name} {Stopwatch.GetElapsedTime(_started).TotalSeconds,6:F1} s] {line}");
        _output.WriteLine(text);
        Console.WriteLine(text);
    }
}

/// <summary>Campaigns load the whole machine: one after the other, and next to nothing else.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class CampaignCollection
{
    public const string Name = "Campaigns";
}
