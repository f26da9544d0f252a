using System.Diagnostics;
using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Payments;
using Datt.Paid.Payments.L402;
using Datt.Paid.Policy;
using Datt.Paid.Pricing;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Search;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Datt.Paid.Sync;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>
/// Opens what has to be open before the first request: the money half's tables and the index half's files, both at once. What can wait
/// (indexing what is pending, reconciliation, jobs) goes on behind.
/// </summary>
public sealed class Parts(IServiceProvider services, ILogger<Parts> log)
{
    private ContentCatalog? _catalog;

    /// <summary>The catalog, once it is open.</summary>
    public ContentCatalog Catalog => _catalog ?? throw new InvalidOperationException("The catalog is not open yet.");

    /// <summary>Position of the newest record that was acknowledged before this start.</summary>
    public long PositionAtStart { get; private set; }

    /// <summary>Opens everything; called once, before the server listens.</summary>
    /// <param name="abandonFormerProviders">Gives up invoices of payment providers whose settings are gone.</param>
    public async Task OpenAsync(bool abandonFormerProviders, CancellationToken ct)
    {
        var clock = Stopwatch.StartNew();
        var schema = Task.Run(() => services.GetRequiredService<Database>().MigrateAsync(ct), ct);
        var money = Task.Run(() => OpenMoneyAsync(schema, abandonFormerProviders, ct), ct);
        await RecoverOwnFeedAsync(schema, ct);
        await OpenIndexAsync(schema, ct);
        var index = clock.Elapsed;
        await money;
        services.GetRequiredService<Swarm>().Start();
        await services.GetRequiredService<PriceBook>().OpenAsync(services.GetRequiredService<CoverageMeter>().Now, Now, ct);
        log.LogInformation(
            "Opened in {Milliseconds:0} ms (index {Index:0} ms): {Records} records of {Contents} contents",
            clock.Elapsed.TotalMilliseconds, index.TotalMilliseconds, Catalog.Figures.Records, Catalog.Figures.Contents);
    }

    /// <summary>Asks the servers of earlier starts, so it needs them from the database.</summary>
    private async Task RecoverOwnFeedAsync(Task schema, CancellationToken ct)
    {
        await schema;
        await services.GetRequiredService<CrawlJob>().LoadAsync(ct);
        await services.GetRequiredService<OwnFeedRecovery>().RunAsync(ct);
    }

    private DateTimeOffset Now => services.GetRequiredService<TimeProvider>().GetUtcNow();

    private async Task OpenMoneyAsync(Task schema, bool abandonFormerProviders, CancellationToken ct)
    {
        await schema;
        // At once, because with many accounts each of them takes a while.
        await Task.WhenAll(
            Task.Run(() => RefuseOtherBooksAsync(abandonFormerProviders, ct), ct),
            Task.Run(() => services.GetRequiredService<EntitlementTable>().LoadAsync(Now, ct), ct),
            Task.Run(() => services.GetRequiredService<NodeRegistry>().LoadAsync(ct), ct));
    }

    private async Task RefuseOtherBooksAsync(bool abandonFormerProviders, CancellationToken ct)
    {
        var check = services.GetRequiredService<BooksCheck>();
        if (abandonFormerProviders && await check.AbandonAsync(Now, ct) is > 0 and var abandoned)
            log.LogWarning("{Invoices} invoices of former payment providers are abandoned", abandoned);
        if (await check.ProblemsAsync(ct) is { Count: > 0 } problems)
            throw new StartRefused([.. problems]);
    }

    /// <summary>The index half alone, for verbs that need no accounts.</summary>
    public Task OpenIndexAsync(CancellationToken ct) => OpenIndexAsync(services.GetRequiredService<Database>().MigrateAsync(ct), ct);

    private async Task OpenIndexAsync(Task schema, CancellationToken ct)
    {
        var policy = LoadPolicyAsync(schema, ct);
        _catalog = await ContentCatalog.OpenAsync(
            services.GetRequiredService<IOptions<CatalogSettings>>().Value, services.GetRequiredService<ServerKey>(),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ContentCatalog>>(), ct);
        PositionAtStart = _catalog.Changes.Position;
        // Without the rules the indexer would take in what they hide.
        await policy;
        // Resolved in this order, so that the container closes the search before the catalog that it reads.
        _ = services.GetRequiredService<ContentCatalog>();
        _ = services.GetRequiredService<SearchEngine>();
    }

    private async Task LoadPolicyAsync(Task schema, CancellationToken ct)
    {
        await schema;
        await services.GetRequiredService<PolicyBook>().LoadAsync(ct);
    }
}

/// <summary>Registration of the parts that the index half and the money half come from.</summary>
public static class PartsRegistration
{
    public static IServiceCollection AddParts(this IServiceCollection services, string environment)
    {
        services.AddSingleton(provider => ServerKeyFile.Open(provider.GetRequiredService<DataDirectory>().ServerKey));
        services.AddSingleton<Parts>();
        services.AddChecked<CatalogSettings>(Configuration.CatalogSection, s => s.Errors(), (s, server) => s.Directory = server.DataDirectory);
        services.AddChecked<SearchSettings>(
            Configuration.SearchSection, s => s.Errors(), (s, server) => s.Directory = DataDirectory.IndexIn(server.DataDirectory));
        services.AddSingleton(provider => provider.GetRequiredService<Parts>().Catalog);
        services.AddSingleton(provider => SearchEngine.Open(
            provider.GetRequiredService<IOptions<SearchSettings>>().Value, provider.GetRequiredService<ContentCatalog>(),
            provider.GetRequiredService<ServerKey>().DeriveSecret("cursor"), provider.GetRequiredService<TimeProvider>(),
            provider.GetRequiredService<ILogger<SearchEngine>>(), provider.GetRequiredService<VisibleContents>()));

        services.AddStorage(provider => provider.GetRequiredService<IConfiguration>().GetConnectionString("Default") is { Length: > 0 } given
            ? given
            : StorageRegistration.SqliteFile(provider.GetRequiredService<DataDirectory>().Path));
        services.AddPayments(environment, provider => new InvoiceOrigin(provider.GetRequiredService<ServerKey>().Id));
        services.AddSingleton(provider => new PassSecret(SecretFile.Open(provider.GetRequiredService<DataDirectory>().PassSecret)));
        services.AddPricing();
        services.AddSubscriptions();
        services.AddSingleton<CoverageMeter>();
        return services;
    }
}
