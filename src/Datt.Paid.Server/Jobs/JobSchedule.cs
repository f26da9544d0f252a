using Datt.Paid.Catalog;
using Datt.Paid.Jobs;
using Datt.Paid.Nodes;
using Datt.Paid.Payments;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Federation;
using Datt.Paid.Sync;
using Hangfire;
using Hangfire.AspNetCore;
using Hangfire.InMemory;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Jobs;

/// <summary>
/// When jobs run. Begins only once the server listens, so that it delays no start, and writes what is in memory when the server stops.
/// </summary>
public sealed class JobSchedule(
    ServerJobs jobs, JobStorage storage, JobActivator activator, IHostApplicationLifetime lifetime, IOptions<PaymentsOptions> payments,
    IOptions<CatalogSettings> catalog, IOptions<FederationSettings> federation, IOptions<SyncSettings> sync, ILogger<JobSchedule> log) : IHostedService
{
    private const int Workers = 4;

    /// <summary>How late a job may begin; a look into memory.</summary>
    private static readonly TimeSpan Poll = TimeSpan.FromSeconds(1);

    private BackgroundJobServer? _server;

    public Task StartAsync(CancellationToken ct)
    {
        lifetime.ApplicationStarted.Register(() => _ = Task.Run(Begin, CancellationToken.None));
        return Task.CompletedTask;
    }

    public async Task StopAsync(CancellationToken ct)
    {
        if (Interlocked.Exchange(ref _server, null) is { } server)
        {
            server.SendStop();
            await server.WaitForShutdownAsync(ct);
            server.Dispose();
        }
        await jobs.FlushAsync(ct);
    }

    /// <summary>A cron expression with seconds that comes as near to an interval as cron can.</summary>
    public static string Every(TimeSpan interval) => interval switch
    {
        { TotalSeconds: < 60 } => $"*/{Math.Max(1, (int)interval.TotalSeconds)} * * * * *",
        { TotalMinutes: < 60 } => $"0 */{(int)interval.TotalMinutes} * * * *",
        { TotalHours: < 24 } => $"0 0 */{(int)interval.TotalHours} * * *",
        _ => "0 0 0 * * *",
    };

    /// <summary>
    /// How often open invoices are read, so that what is paid gives access within the interval that is set: it leaves a quarter of it for beginning late and for
    /// the reading itself, of the shortest interval two seconds.
    /// </summary>
    public static TimeSpan ReadInterval(TimeSpan interval) => interval * 0.75 is var most && interval - most < 2 * Poll ? interval - (2 * Poll) : most;

    /// <summary>Records are deleted at most a tenth of <see cref="CatalogSettings.ForgetAfter"/> late, and an hour at most.</summary>
    private TimeSpan ForgetInterval => catalog.Value.ForgetAfter / 10 is var tenth && tenth < TimeSpan.FromHours(1) ? tenth : TimeSpan.FromHours(1);

    private void Begin()
    {
        try
        {
            var recurring = new RecurringJobManager(storage);
            recurring.AddOrUpdate<ServerJobs>("renewal", j => j.RenewAsync(CancellationToken.None), Cron.Hourly(7));
            recurring.AddOrUpdate<ServerJobs>("reconciliation", j => j.ReconcileInvoicesAsync(CancellationToken.None), Every(ReadInterval(payments.Value.ReconcileInterval)));
            recurring.AddOrUpdate<ServerJobs>("refunds", j => j.ReconcileRestAsync(CancellationToken.None), Every(payments.Value.ReconcileInterval));
            recurring.AddOrUpdate<ServerJobs>("notices", j => j.NotifyAsync(CancellationToken.None), Cron.Minutely());
            recurring.AddOrUpdate<ServerJobs>("repricing", j => j.RepriceAsync(CancellationToken.None), Cron.Daily(3, 11));
            recurring.AddOrUpdate<ServerJobs>("forgetting", j => j.ForgetAsync(CancellationToken.None), Every(ForgetInterval));
            recurring.AddOrUpdate<ServerJobs>("answers", j => j.PurgeAsync(CancellationToken.None), Cron.Hourly(41));
            recurring.AddOrUpdate<ServerJobs>("catch-up", j => j.CatchUpAsync(CancellationToken.None), Every(TimeSpan.FromSeconds(10)));
            recurring.AddOrUpdate<ServerJobs>("flush", j => j.FlushAsync(CancellationToken.None), Every(TimeSpan.FromSeconds(30)));
            recurring.AddOrUpdate<ServerJobs>("crawl", j => j.CrawlAsync(CancellationToken.None), Every(federation.Value.CrawlInterval));
            recurring.AddOrUpdate<ServerJobs>("feeds", j => j.CompareFeedsAsync(CancellationToken.None), Every(sync.Value.PollInterval));
            recurring.AddOrUpdate<ServerJobs>("census", j => j.SampleFeedsAsync(CancellationToken.None), Cron.Daily(4, 23));
            recurring.AddOrUpdate<ServerJobs>("feed upkeep", j => j.KeepFeedsAsync(CancellationToken.None), Cron.Hourly(29));
            recurring.AddOrUpdate<ServerJobs>("buying", j => j.BuyAsync(CancellationToken.None), Every(TimeSpan.FromMinutes(10)));
            var client = new BackgroundJobClient(storage);
            // What fell due while the server was away; first what was paid meanwhile, so that it counts.
            var read = client.Enqueue<ServerJobs>(j => j.ReconcileAllAsync(CancellationToken.None));
            client.ContinueJobWith<ServerJobs>(read, j => j.RenewAsync(CancellationToken.None), JobContinuationOptions.OnAnyFinishedState);
            client.Enqueue<ServerJobs>(j => j.CrawlAsync(CancellationToken.None));
            var options = new BackgroundJobServerOptions
            {
                Activator = activator,
                WorkerCount = Workers,
                SchedulePollingInterval = Poll,
                ShutdownTimeout = TimeSpan.FromSeconds(10),
            };
            if (!lifetime.ApplicationStopping.IsCancellationRequested)
                _server = new BackgroundJobServer(options, storage);
        }
        catch (Exception) when (lifetime.ApplicationStopping.IsCancellationRequested)
        {
            // Stopped while it began: the storage may be gone already, and no job is needed any more.
        }
        catch (Exception fault)
        {
            log.LogCritical(fault, "Jobs could not be started: renewal, reconciliation and repricing do not run until the next start");
        }
    }
}

/// <summary>Registration of jobs.</summary>
public static class JobRegistration
{
    public static IServiceCollection AddJobs(this IServiceCollection services)
    {
        // Named here, because what is not named is taken from statics, which another server in the same process sets too.
        services.AddSingleton<JobActivator>(provider => new AspNetCoreJobActivator(provider.GetRequiredService<IServiceScopeFactory>()));
        services.AddSingleton<JobStorage>(provider =>
        {
            provider.GetRequiredService<IGlobalConfiguration>();
            return new InMemoryStorage();
        });
        services.AddHangfire(hangfire => hangfire.UseSimpleAssemblyNameTypeSerializer().UseRecommendedSerializerSettings());
        services.AddSingleton(provider => new ForgetJob(
            provider.GetRequiredService<NodeRegistry>(), provider.GetRequiredService<ContentCatalog>(), provider.GetRequiredService<ServerKey>().Id,
            provider.GetRequiredService<IOptions<CatalogSettings>>().Value, provider.GetRequiredService<TimeProvider>().GetUtcNow(),
            provider.GetRequiredService<ILogger<ForgetJob>>()));
        services.AddSingleton<ServerJobs>();
        services.AddHostedService<JobSchedule>();
        return services;
    }
}
