using System.Diagnostics;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>Waiting for a condition, with a deadline that only a fault reaches.</summary>
internal static class Eventually
{
    public static async Task TrueAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> what, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > deadline)
                Assert.Fail($"Not within {deadline.TotalSeconds} s: {what()}");
            await Task.Delay(20, ct);
        }
    }
}
