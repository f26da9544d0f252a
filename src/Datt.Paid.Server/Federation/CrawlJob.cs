using Datt.Paid.Federation;

namespace Datt.Paid.Server.Federation;

/// <summary>A round of the crawler, as a job: loads what was known before the first one, keeps what each one found.</summary>
public sealed class CrawlJob(Crawler crawler, CrawlStore store, CrawlMetrics metrics, ILogger<CrawlJob> log)
{
    private readonly SemaphoreSlim _loading = new(1, 1);
    private int _running;
    private bool _isLoaded;

    /// <summary>One at a time in this process; a trigger that comes meanwhile changes nothing.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _running, 1) == 1)
            return;
        try
        {
            await LoadAsync(ct);
            var round = await crawler.RoundAsync(ct);
            if (round.IsCut)
                log.LogInformation("A crawl used up the requests of this hour ({Requests} sent); it goes on with the next", round.Requests);
            await store.SaveAsync(crawler, ct);
        }
        finally
        {
            Volatile.Write(ref _running, 0);
        }
    }

    /// <summary>Reads what earlier runs knew; the first time only.</summary>
    public async Task LoadAsync(CancellationToken ct)
    {
        await _loading.WaitAsync(ct);
        try
        {
            if (_isLoaded)
                return;
            await store.LoadAsync(crawler, ct);
            _ = metrics;
            _isLoaded = true;
        }
        finally
        {
            _loading.Release();
        }
    }
}
