using System.Diagnostics;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>Waits for a condition, with a deadline that only a hang reaches.</summary>
public static class Eventually
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(30);

    public static Task HoldsAsync(Func<Task<bool>> condition, string what) => HoldsAsync(condition, () => what);

    /// <param name="condition">Looked at again and again.</param>
    /// <param name="what">Asked for when it is given up, so that it can say what is missing.</param>
    public static Task HoldsAsync(Func<Task<bool>> condition, Func<string> what) => HoldsAsync(condition, Deadline, what, TestContext.Current.CancellationToken);

    /// <param name="condition">Looked at again and again.</param>
    /// <param name="deadline">Where the usual one is too short.</param>
    /// <param name="what">Asked for when it is given up, so that it can say what is missing.</param>
    /// <param name="ct">Gives up.</param>
    public static async Task HoldsAsync(Func<Task<bool>> condition, TimeSpan deadline, Func<string> what, CancellationToken ct)
    {
        var started = Stopwatch.GetTimestamp();
        while (!await condition())
        {
            if (Stopwatch.GetElapsedTime(started) > deadline)
                Assert.Fail($"After {deadline.TotalSeconds} s it still does not hold that {what()}.");
            await Task.Delay(20, ct);
        }
    }
}
