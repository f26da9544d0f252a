namespace Datt.Paid.Catalog;

/// <summary>Wakes everybody who waits for a change. Who takes <see cref="Next"/> before looking, and waits for it afterwards, misses none.</summary>
internal sealed class Pulse
{
    private TaskCompletionSource _next = Waiting();

    /// <summary>Ends with the next change.</summary>
    public Task Next => Volatile.Read(ref _next).Task;

    public void Beat() => Interlocked.Exchange(ref _next, Waiting()).SetResult();

    private static TaskCompletionSource Waiting() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
