using System.Diagnostics;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>Waits for a condition, with a deadline that only a hang reaches.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static async Task HoldsAsync(Func<Task<bool>> condition, string what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < Deadline, $"After {Deadline.TotalSeconds} s it still does not hold that {what}.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
