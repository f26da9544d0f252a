using Datt.Paid.Accounts;
using Datt.Paid.Outbound;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Payments.Sandbox;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Diagnostics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Tests.Payments;

/// <summary>The money half as the server composes it, on a real SQLite file of its own, with a clock that the test moves.</summary>
internal sealed class MoneyServer : IAsyncDisposable
{
    public static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly Lazy<byte[]> Migrated = new(Migrate);

    private readonly string _directory;
    private readonly bool _ownsDirectory;
    private readonly ServiceProvider _services;

    private MoneyServer(string directory, bool ownsDirectory, ServiceProvider services)
    {
        _directory = directory;
        _ownsDirectory = ownsDirectory;
        _services = services;
    }

    public DateTimeOffset Now { get; set; } = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);

    public string Directory => _directory;
    public Faults Faults => Get<Faults>();
    public Database Database => Get<Database>();
    public AccountService Accounts => Get<AccountService>();
    public ApiKeyService Keys => Get<ApiKeyService>();
    public PriceBook Prices => Get<PriceBook>();
    public InvoiceService Invoices => Get<InvoiceService>();
    public Settlement Settlement => Get<Settlement>();
    public Balances Balances => Get<Balances>();
    public RefundService Refunds => Get<RefundService>();
    public Quotes Quotes => Get<Quotes>();
    public SandboxTill Till => Get<SandboxTill>();
    public ReconciliationJob Reconciliation => Get<ReconciliationJob>();
    public RenewalJob Renewal => Get<RenewalJob>();
    public EntitlementTable Entitlements => Get<EntitlementTable>();

    public T Get<T>() where T : notnull => _services.GetRequiredService<T>();

    public static async Task<MoneyServer> StartAsync(
        Dictionary<string, string?>? settings = null, IPaymentProvider? provider = null, string? directory = null, DateTimeOffset? now = null,
        Coverage coverage = default, string serverId = "server-1", Action<IServiceCollection>? services = null)
    {
        var owns = directory is null;
        directory ??= System.IO.Directory.CreateTempSubdirectory("datt-money-").FullName;
        var file = Path.Combine(directory, "datt.db");
        if (!File.Exists(file))
            await File.WriteAllBytesAsync(file, Migrated.Value);
        var values = new Dictionary<string, string?>(settings ?? []);
        if (provider is not null)
            values["Datt:Payments:Provider"] = provider.Kind.ToString();
        var server = new MoneyServer(directory, owns, Compose(directory, values, provider, serverId, services));
        server.Now = now ?? server.Now;
        await server.Prices.OpenAsync(coverage, server.Now, Ct);
        await server.Entitlements.LoadAsync(server.Now, Ct);
        return server;
    }

    public async Task<(string Id, string Key)> AccountAsync(string? name = null)
    {
        var outcome = await Accounts.CreateAsync(new NewAccount(name, null, null), Now, Ct);
        var created = Assert.IsType<AccountOutcome.Created>(outcome);
        return (created.AccountId, created.ApiKey);
    }

    public async Task<InvoiceView> InvoiceAsync(string account, int months = 1) =>
        Assert.IsType<InvoiceOutcome.Created>(await Invoices.CreateAsync(account, new InvoiceRequest(months, null), Now, Ct)).Invoice;

    public async Task<InvoiceView> DepositAsync(string account, decimal amount) =>
        Assert.IsType<InvoiceOutcome.Created>(
            await Invoices.CreateAsync(account, new InvoiceRequest(null, Money.Of(amount, "USD")), Now, Ct)).Invoice;

    public async Task<InvoiceView> PayAsync(string account, string invoice, long? sats = null) =>
        Assert.IsType<SandboxPayOutcome.Paid>(await Till.PayAsync(account, invoice, sats, Now, Ct)).Invoice;

    public Task<string> ProviderIdAsync(string invoice) =>
        Database.ReadAsync(db => db.Invoices.Where(i => i.Id == invoice).Select(i => i.ProviderId!).SingleAsync(), Ct);

    public async Task<decimal> BalanceAsync(string account) => (await Balances.OfAsync(account, Ct)).Amount;

    public SubscriptionState State(string account) => Entitlements.StateOf(account, Now).State;

    public DateTimeOffset? PaidUntil(string account) => Entitlements.StateOf(account, Now).PaidUntil;

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        if (!_ownsDirectory)
            return;
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        System.IO.Directory.Delete(_directory, recursive: true);
    }

    private static ServiceProvider Compose(string directory, Dictionary<string, string?> settings, IPaymentProvider? provider, string serverId,
        Action<IServiceCollection>? more = null)
    {
        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddLogging();
        services.AddSingleton<Faults>();
        services.AddStorage(_ => StorageRegistration.SqliteFile(directory));
        services.ConfigureDbContext<DattDbContext>((p, options) => options.AddInterceptors(p.GetRequiredService<Faults>()));
        services.AddOutbound(_ => new OutboundSettings { AllowPrivateAddresses = true });
        services.AddAccounts();
        services.AddPricing();
        services.AddPayments("Development", _ => new InvoiceOrigin(serverId));
        services.AddSubscriptions();
        if (provider is not null)
        {
            services.RemoveAll<IValidateOptions<PaymentsOptions>>(); // the test's provider is not one of the product's
            services.RemoveAll<IValidateOptions<BtcPayOptions>>();
            services.AddSingleton(provider);
        }
        more?.Invoke(services);
        return services.BuildServiceProvider(validateScopes: true);
    }

    private static byte[] Migrate()
    {
        var directory = System.IO.Directory.CreateTempSubdirectory("datt-migrated-").FullName;
        using (var services = Compose(directory, [], null, "server-1"))
            services.GetRequiredService<Database>().MigrateAsync(Ct).GetAwaiter().GetResult();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        var bytes = File.ReadAllBytes(Path.Combine(directory, "datt.db"));
        System.IO.Directory.Delete(directory, recursive: true);
        return bytes;
    }
}

/// <summary>Dies at a chosen save or commit, as a process might.</summary>
internal sealed class Faults : SaveChangesInterceptor, IDbTransactionInterceptor
{
    private int _left = -1;

    /// <summary>The crash came.</summary>
    public bool Fired { get; private set; }

    /// <summary>The step (counted from 0) after which everything of this transaction is lost.</summary>
    public void CrashAt(int step) => (_left, Fired) = (step, false);

    public void Stop() => _left = -1;

    public void Forget() => Fired = false;

    public override ValueTask<InterceptionResult<int>> SavingChangesAsync(
        DbContextEventData eventData, InterceptionResult<int> result, CancellationToken cancellationToken = default)
    {
        Step();
        return ValueTask.FromResult(result);
    }

    public ValueTask<InterceptionResult> TransactionCommittingAsync(
        System.Data.Common.DbTransaction transaction, TransactionEventData eventData, InterceptionResult result,
        CancellationToken cancellationToken = default)
    {
        Step();
        return ValueTask.FromResult(result);
    }

    private void Step()
    {
        if (_left < 0 || _left-- > 0)
            return;
        Fired = true;
        throw new CrashException();
    }
}

internal sealed class CrashException() : Exception("The process died here.");
