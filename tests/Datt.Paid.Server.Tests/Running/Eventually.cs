using System.Diagnostics;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>Waits for a condition, with a deadline that only a hang reaches.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Task HoldsAsync(Func<Task<bool>> condition, string what) => HoldsAsync(condition, () => what);

    /// <param name="condition">Looked at again and again.</param>
    /// <param name="what">Asked for when it is given up, so that it can say what is missing.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, Func<string> what)
    {
        var clock = Stopwatch.StartNew();
        while (!await condition())
        {
            Assert.True(clock.Elapsed < Deadline, $"After {Deadline.TotalSeconds} s it still does not hold that {what()}.");
            await Task.Delay(20, TestContext.Current.CancellationToken);
        }
    }
}
