namespace Datt.Paid.Search.Indexing;

/// <summary>Up to which position of the change log contents can be found. Thread-safe.</summary>
internal sealed class SearchablePosition
{
    private long _value = -1;
    private TaskCompletionSource _moved = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>-1 before the index is whole.</summary>
    public long Value => Volatile.Read(ref _value);

    public void Reach(long position)
    {
        Volatile.Write(ref _value, position);
        Interlocked.Exchange(ref _moved, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).SetResult();
    }

    public async Task WaitAsync(long position, CancellationToken cancel)
    {
        while (true)
        {
            var moved = Volatile.Read(ref _moved);
            if (Value >= position)
                return;
            await moved.Task.WaitAsync(cancel);
        }
    }
}
