using System.Diagnostics;
using System.Text.Json;

namespace Datt.Paid.Server.Tests.Cli;

public sealed class DemoProcessTests
{
    [Fact]
    public async Task The_demonstration_plays_the_whole_story_as_a_program_of_its_own()
    {
        var ct = TestContext.Current.CancellationToken;
        var start = new ProcessStartInfo("dotnet")
        {
            ArgumentList =
            {
                Path.Combine(AppContext.BaseDirectory, "datt.dll"), "demo", "--json",
                "--server-dll", Path.Combine(AppContext.BaseDirectory, "Datt.Paid.Server.dll"),
            },
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using var process = Process.Start(start)!;
        var reading = process.StandardOutput.ReadToEndAsync(ct);
        var complaining = process.StandardError.ReadToEndAsync(ct);
        await process.WaitForExitAsync(ct);
        Assert.True(process.ExitCode == 0, $"The demonstration ended with {process.ExitCode}: {await complaining}");

        var steps = (await reading).Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(l => JsonDocument.Parse(l).RootElement).ToList();
        Assert.Equal(["share", "refused", "subscribe", "search", "get", "hold", "survive"], steps.Select(s => s.GetProperty("name").GetString()!));
        string Fact(int step, string name) => steps[step].GetProperty("facts").GetProperty(name).GetString()!;
        Assert.Equal("8", Fact(0, "announced"));
        Assert.Equal("0.25 USD", Fact(1, "price"));
        Assert.Equal(("settled", "active"), (Fact(2, "invoice"), Fact(2, "subscription")));
        Assert.Equal("anna", Fact(4, "from"));
        Assert.Equal("ben", Fact(6, "from"));
    }
}
