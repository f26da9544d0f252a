namespace Datt.Paid.Search.Execution;

/// <summary>Time and cancellation of one search, looked at every few thousand steps of its loops.</summary>
internal sealed class SearchBudget(TimeProvider time, TimeSpan limit, CancellationToken cancel)
{
    private const int StepsBetweenLooks = 4_096;

    private readonly long _started = time.GetTimestamp();
    private int _left = StepsBetweenLooks;

    public bool IsOver { get; private set; }

    /// <summary>Whether something was left out for another reason than time: see <see cref="PrefixClause"/>.</summary>
    public bool IsCut { get; set; }

    public TimeSpan Elapsed => time.GetElapsedTime(_started);

    /// <summary>Counts work done.</summary>
    /// <returns>Whether the time is over; then the caller stops with what it has.</returns>
    /// <exception cref="OperationCanceledException">Cancelled.</exception>
    public bool Spend(int steps)
    {
        _left -= steps;
        return _left <= 0 && Look();
    }

    /// <summary>The same at once.</summary>
    public bool Look()
    {
        _left = StepsBetweenLooks;
        cancel.ThrowIfCancellationRequested();
        if (!IsOver)
            IsOver = time.GetElapsedTime(_started) >= limit;
        return IsOver;
    }
}
