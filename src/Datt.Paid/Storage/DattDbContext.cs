using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.Identity.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Storage;

/// <summary>Everything the server keeps in its database. Times are Unix milliseconds, amounts whole numbers of 1e-8.</summary>
public sealed class DattDbContext : IdentityDbContext<Account, IdentityRole, string>
{
    public DattDbContext(DbContextOptions<DattDbContext> options) : base(options) =>
        Database.AutoTransactionBehavior = AutoTransactionBehavior.Always;

    public DbSet<ApiKey> ApiKeys => Set<ApiKey>();
    public DbSet<AccountChange> AccountChanges => Set<AccountChange>();
    public DbSet<Invoice> Invoices => Set<Invoice>();
    public DbSet<InvoiceEvent> InvoiceEvents => Set<InvoiceEvent>();
    public DbSet<LedgerEntry> Ledger => Set<LedgerEntry>();
    public DbSet<Period> Periods => Set<Period>();
    public DbSet<Refund> Refunds => Set<Refund>();
    public DbSet<PassSale> PassSales => Set<PassSale>();
    public DbSet<PricePoint> PricePoints => Set<PricePoint>();
    public DbSet<Notice> Notices => Set<Notice>();
    public DbSet<NoticeDelivery> NoticeDeliveries => Set<NoticeDelivery>();
    public DbSet<NodeOwner> NodeOwners => Set<NodeOwner>();
    public DbSet<KnownServerRow> KnownServers => Set<KnownServerRow>();
    public DbSet<PolicyRuleRow> PolicyRules => Set<PolicyRuleRow>();
    public DbSet<PeerTrafficRow> PeerTraffic => Set<PeerTrafficRow>();
    public DbSet<PeerKeyRow> PeerKeys => Set<PeerKeyRow>();
    public DbSet<PeerPurchaseRow> PeerPurchases => Set<PeerPurchaseRow>();
    public DbSet<AuditEntry> AuditEntries => Set<AuditEntry>();
    public DbSet<ContentReport> ContentReports => Set<ContentReport>();
    public DbSet<IdempotencyRecord> IdempotencyRecords => Set<IdempotencyRecord>();
    public DbSet<Setting> Settings => Set<Setting>();
    public DbSet<SandboxInvoice> SandboxInvoices => Set<SandboxInvoice>();
    public DbSet<ChainPayment> ChainPayments => Set<ChainPayment>();
    public DbSet<SandboxPayment> SandboxPayments => Set<SandboxPayment>();

    /// <summary>Set while changes that an entitlement depends on wait for their commit.</summary>
    internal bool HasAccountChanges { get; set; }

    public override int SaveChanges(bool acceptAllChangesOnSuccess)
    {
        BeforeSave();
        return base.SaveChanges(acceptAllChangesOnSuccess);
    }

    public override Task<int> SaveChangesAsync(bool acceptAllChangesOnSuccess, CancellationToken cancellationToken = default)
    {
        BeforeSave();
        return base.SaveChangesAsync(acceptAllChangesOnSuccess, cancellationToken);
    }

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder) =>
        configurationBuilder.Properties<DateTimeOffset>().HaveConversion<UnixMillisecondsConverter>();

    protected override void OnModelCreating(ModelBuilder builder)
    {
        base.OnModelCreating(builder);
        DattModel.Configure(builder);
    }

    private void BeforeSave()
    {
        HashSet<string>? touched = null;
        foreach (var entry in ChangeTracker.Entries())
        {
            if (entry.State is not (EntityState.Added or EntityState.Modified or EntityState.Deleted))
                continue;
            if (entry.Entity is IAppendOnly && entry.State != EntityState.Added)
            {
                throw new InvalidOperationException(
                    $"{entry.Metadata.ClrType.Name} is append-only: rows are neither changed nor deleted. Add a correcting entry instead.");
            }
            var accountId = entry.Entity switch
            {
                ApiKey key => key.AccountId,
                Period period => period.AccountId,
                Account account => account.Id,
                _ => null,
            };
            if (accountId is not null)
                (touched ??= []).Add(accountId);
        }
        if (touched is null)
            return;
        foreach (var accountId in touched)
            AccountChanges.Add(new AccountChange { AccountId = accountId });
        HasAccountChanges = true;
    }
}
