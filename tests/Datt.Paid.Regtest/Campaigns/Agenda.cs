namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Plays many lives side by side, each step at its time; between them, now and then, a look at everything.</summary>
internal sealed class Agenda(MoneyScene scene)
{
    private readonly PriorityQueue<IAsyncEnumerator<TimeSpan>, DateTimeOffset> _steps = new();

    /// <param name="begin">From the beginning of the campaign.</param>
    public void Add(IAsyncEnumerable<TimeSpan> life, TimeSpan begin) => _steps.Enqueue(life.GetAsyncEnumerator(), MoneyScene.Start + begin);

    /// <summary>Until the end of the campaign; the provider is up when it returns.</summary>
    public async Task PlayAsync(TimeSpan length, TimeSpan checkpoint, Func<Task> look)
    {
        var check = MoneyScene.Start + checkpoint;
        while (_steps.TryDequeue(out var next, out var at) && at < MoneyScene.Start + length)
        {
            if (at > check && !scene.IsProviderDown)
            {
                await look();
                scene.Side.Trouble.On = true;
                check += checkpoint;
            }
            if (at > scene.Now)
                await scene.AdvanceAsync(at - scene.Now);
            if (await next.MoveNextAsync())
                _steps.Enqueue(next, scene.Now + next.Current);
            else
                await next.DisposeAsync();
        }
        if (scene.IsProviderDown)
            await scene.StartProviderAsync();
    }
}
