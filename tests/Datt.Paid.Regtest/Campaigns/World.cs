using System.Globalization;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>Everything that goes on beside the buyers' stories, each with a rhythm of its own: blocks, jobs, prices, restarts, outages.</summary>
internal sealed class World(MoneyScene scene, Random random)
{
    private bool _dry;

    public IEnumerable<IAsyncEnumerable<TimeSpan>> Parts() =>
        [MineAsync(1), DryAsync(), ReconcileAsync(), RenewAsync(), RepriceAsync(), RateAsync(), SwitchAsync(), PayStraysAsync(), OutageAsync(), ForgetAsync(), RestartAsync()];

    /// <summary>Without what only a provider with rates and messages has; blocks come more slowly, because each is really mined.</summary>
    public IEnumerable<IAsyncEnumerable<TimeSpan>> PartsOfNode() =>
        [MineAsync(12), ReconcileAsync(), RenewAsync(), RepriceAsync(), SwitchAsync(), PayStraysAsync(), OutageAsync(), RestartAsync()];

    private TimeSpan Minutes(int least, int most) => TimeSpan.FromSeconds(random.Next(least * 60, most * 60));

    private async IAsyncEnumerable<TimeSpan> MineAsync(int slower)
    {
        while (true)
        {
            yield return Minutes(5, 120 * slower);
            if (!_dry)
                scene.Side.Mine();
            await Task.CompletedTask;
        }
    }

    /// <summary>Once, no block for so long that what is paid meanwhile confirms after the window in which the provider waits for it.</summary>
    private async IAsyncEnumerable<TimeSpan> DryAsync()
    {
        yield return TimeSpan.FromDays(random.Next(5, 35));
        _dry = true;
        yield return TimeSpan.FromDays(7.5);
        _dry = false;
        await Task.CompletedTask;
    }

    private async IAsyncEnumerable<TimeSpan> ReconcileAsync()
    {
        while (true)
        {
            yield return Minutes(60, 900);
            // Two runs at once do what one does.
            await Task.WhenAll(scene.ReconcileAsync(), random.Next(4) == 0 ? scene.ReconcileAsync() : Task.CompletedTask);
        }
    }

    private async IAsyncEnumerable<TimeSpan> RenewAsync()
    {
        while (true)
        {
            yield return Minutes(300, 1500);
            await Task.WhenAll(scene.RenewAsync(), random.Next(4) == 0 ? scene.RenewAsync() : Task.CompletedTask);
        }
    }

    private async IAsyncEnumerable<TimeSpan> RepriceAsync()
    {
        while (true)
        {
            yield return Minutes(1000, 6000);
            await scene.RepriceAsync(random.NextInt64(0, 4_000_000));
        }
    }

    private async IAsyncEnumerable<TimeSpan> RateAsync()
    {
        while (true)
        {
            yield return Minutes(60, 900);
            scene.ChangeRate(Math.Round(50_000m + (random.Next(20_000_000) / 1000m), 4));
            await Task.CompletedTask;
        }
    }

    private async IAsyncEnumerable<TimeSpan> SwitchAsync()
    {
        while (true)
        {
            yield return Minutes(600, 3000);
            await scene.SwitchAsync(scene.Buyers[random.Next(scene.Buyers.Count)], random.Next(3) != 0);
        }
    }

    /// <summary>Invoices that no story made: for renewals, and those whose making was not answered. Most are paid.</summary>
    private async IAsyncEnumerable<TimeSpan> PayStraysAsync()
    {
        while (true)
        {
            yield return Minutes(300, 1500);
            if (scene.IsProviderDown)
                continue;
            foreach (var buyer in scene.Buyers)
            {
                foreach (var invoice in (await scene.OpenInvoicesAsync(buyer)).Where(_ => random.Next(10) < 6))
                {
                    if (invoice.Address is { } address && random.Next(2) == 0)
                        scene.Side.Pay(address, invoice.DueSats);
                    else if (invoice.Lightning is { } bolt11)
                        scene.Side.PayLightning(bolt11);
                }
            }
        }
    }

    private async IAsyncEnumerable<TimeSpan> OutageAsync()
    {
        while (true)
        {
            yield return Minutes(5_000, 15_000);
            await scene.StopProviderAsync(refuses: random.Next(2) == 0);
            scene.Side.Trouble.Count("outage of an hour");
            yield return TimeSpan.FromHours(1);
            await scene.StartProviderAsync();
        }
    }

    /// <summary>The provider restarts and forgets what it wanted to tell.</summary>
    private async IAsyncEnumerable<TimeSpan> ForgetAsync()
    {
        while (true)
        {
            yield return Minutes(1_500, 6_000);
            if (scene.IsProviderDown)
                continue;
            await scene.StopProviderAsync(refuses: true);
            await scene.StartProviderAsync();
            scene.Side.Trouble.Count("restart of the provider");
        }
    }

    private async IAsyncEnumerable<TimeSpan> RestartAsync()
    {
        while (true)
        {
            yield return Minutes(8_000, 24_000);
            await scene.RestartAsync();
        }
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{scene.Now - MoneyScene.Start:d\\.hh} days.hours");
}
