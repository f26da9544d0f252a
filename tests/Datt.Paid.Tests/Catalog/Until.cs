using System.Diagnostics;

namespace Datt.Paid.Tests.Catalog;

/// <summary>Waits for something that happens on another thread.</summary>
internal static class Until
{
    public static async Task TrueAsync(Func<bool> condition)
    {
        var clock = Stopwatch.StartNew();
        while (!condition())
        {
            if (clock.Elapsed > TimeSpan.FromSeconds(60))
                Assert.Fail("It did not happen within a minute.");
            await Task.Yield();
        }
    }
}
