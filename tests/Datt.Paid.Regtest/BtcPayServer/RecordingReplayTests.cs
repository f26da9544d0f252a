using System.Globalization;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>The test server answers, counts and tells as the real server did.</summary>
public class RecordingReplayTests
{
    [Theory]
    [InlineData(2)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(5)]
    [InlineData(6)]
    [InlineData(7)]
    [InlineData(8)]
    [InlineData(11)]
    [InlineData(13)]
    [InlineData(14)]
    [InlineData(15)]
    [InlineData(16)]
    [InlineData(18)]
    [InlineData(19)]
    [InlineData(20)]
    [InlineData(22)]
    public async Task A_recorded_flow_runs_the_same_way_here(int number)
    {
        await using var replay = await RecordingReplay.StartAsync(Recording.Read(number));
        await replay.RunAsync();
        Assert.True(replay.Differences.Count == 0, string.Join("\n\n", replay.Differences));
        Assert.True(replay.Compared > 2, string.Create(CultureInfo.InvariantCulture, $"only {replay.Compared} answers were compared"));
    }
}
