using Datt.Paid.Jobs;
using Datt.Paid.Nodes;
using Datt.Paid.Notices;
using Datt.Paid.Payments;
using Datt.Paid.Payments.L402;
using Datt.Paid.Pricing;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Idempotency;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Exchange.Buying;
using Datt.Paid.Sync.Gossip;

namespace Datt.Paid.Server.Jobs;

/// <summary>What Hangfire triggers. What is due is always read from the database, so a lost or doubled trigger changes nothing.</summary>
public sealed class ServerJobs(
    RenewalJob renewal, ReconciliationJob reconciliation, PriceBook prices, CoverageMeter coverage, ForgetJob forget, EntitlementTable entitlements,
    NodeRegistry nodes, RefundService refunds, PassSales passes, IdempotentAnswers answers, HousekeepingJob housekeeping, NoticeJob notices, CrawlJob crawl,
    HeadStreams feeds, Census census, FeedUpkeep upkeep, PeerTrafficStore traffic, PeerPurchaseJob buying, TimeProvider time)
{
    private int _notifying;
    private int _reading;

    public Task RenewAsync(CancellationToken ct) => renewal.RunAsync(time.GetUtcNow(), ct);

    /// <summary>Everything that the payment side is asked again.</summary>
    public async Task ReconcileAsync(CancellationToken ct)
    {
        await reconciliation.RunAsync(time.GetUtcNow(), ct);
        await ReconcileRestAsync(ct);
    }

    /// <summary>Invoices alone. One run in this process at a time, so that a slow payment side holds no more than one worker and is not asked twice.</summary>
    public async Task ReconcileInvoicesAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _reading, 1) == 1)
            return;
        try
        {
            await reconciliation.RunAsync(time.GetUtcNow(), ct);
        }
        finally
        {
            Volatile.Write(ref _reading, 0);
        }
    }

    /// <summary>What no buyer waits for.</summary>
    public async Task ReconcileRestAsync(CancellationToken ct)
    {
        await refunds.RunAsync(time.GetUtcNow(), ct);
        await passes.RunAsync(time.GetUtcNow(), ct);
    }

    /// <summary>Once at start: also what is not due, because the server may have been away for long.</summary>
    public Task ReconcileAllAsync(CancellationToken ct) => reconciliation.RunAsync(time.GetUtcNow(), ct, all: true);

    public Task RepriceAsync(CancellationToken ct) => prices.RepriceAsync(coverage.Now, time.GetUtcNow(), ct);

    /// <summary>The safety net under the head streams.</summary>
    public Task CompareFeedsAsync(CancellationToken ct) => feeds.PollAsync(ct);

    /// <summary>Samples feeds that are not here in full.</summary>
    public Task SampleFeedsAsync(CancellationToken ct) => census.SampleAsync(new Random(System.Security.Cryptography.RandomNumberGenerator.GetInt32(int.MaxValue)), ct);

    /// <summary>Forgets feeds of servers that are gone for long, and looks through runs on the disk.</summary>
    public Task KeepFeedsAsync(CancellationToken ct) => upkeep.RunAsync(ct);

    public Task ForgetAsync(CancellationToken ct) => forget.RunAsync(time.GetUtcNow(), ct);

    public async Task PurgeAsync(CancellationToken ct)
    {
        await answers.PurgeAsync(ct);
        await housekeeping.RunAsync(ct);
    }

    /// <summary>One run in this process at a time, so that slow receivers hold no more than one worker.</summary>
    public async Task NotifyAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _notifying, 1) == 1)
            return;
        try
        {
            await notices.RunAsync(ct);
        }
        finally
        {
            Volatile.Write(ref _notifying, 0);
        }
    }

    /// <summary>Subscriptions at other servers.</summary>
    public Task BuyAsync(CancellationToken ct) => buying.RunAsync(time.GetUtcNow(), ct);

    public Task CrawlAsync(CancellationToken ct) => crawl.RunAsync(ct);

    public Task CatchUpAsync(CancellationToken ct) => entitlements.CatchUpAsync(ct);

    /// <summary>Writes what is kept in memory for a while: when nodes and keys were last used, and trial counters, traffic.</summary>
    public async Task FlushAsync(CancellationToken ct)
    {
        await traffic.SaveAsync(ct);
        await entitlements.FlushAsync(ct);
        await nodes.FlushAsync(ct);
    }
}
