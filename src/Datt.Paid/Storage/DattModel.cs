using Microsoft.EntityFrameworkCore;
using Microsoft.EntityFrameworkCore.Storage.ValueConversion;

namespace Datt.Paid.Storage;

/// <summary>Keys, indexes and lengths; the unique ones are what makes money count once.</summary>
internal static class DattModel
{
    private const int Id = 64;

    public static void Configure(ModelBuilder model)
    {
        Accounts(model);
        Money(model);
        Server(model);
    }

    private static void Accounts(ModelBuilder model)
    {
        model.Entity<Account>(e =>
        {
            e.ToTable("Accounts");
            e.Property(a => a.Name).HasMaxLength(200);
            e.Property(a => a.NoticeUrl).HasMaxLength(2000);
            e.Property(a => a.Version).IsConcurrencyToken();
            e.HasIndex(a => a.NormalizedEmail).HasDatabaseName("EmailIndex").IsUnique();
        });
        model.Entity<ApiKey>(e =>
        {
            e.HasKey(k => k.Id);
            e.Property(k => k.Id).HasMaxLength(Id);
            e.Property(k => k.Name).HasMaxLength(200);
            e.Property(k => k.Prefix).HasMaxLength(32);
            e.Property(k => k.Hash).HasMaxLength(32);
            e.HasIndex(k => k.AccountId);
            e.HasOne<Account>().WithMany().HasForeignKey(k => k.AccountId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<AccountChange>(e => e.Property(c => c.AccountId).HasMaxLength(Id));
    }

    private static void Money(ModelBuilder model)
    {
        model.Entity<Invoice>(e =>
        {
            e.Property(i => i.Id).HasMaxLength(Id);
            e.Property(i => i.Currency).HasMaxLength(8);
            e.Property(i => i.Version).IsConcurrencyToken();
            e.HasIndex(i => new { i.Provider, i.Store, i.ProviderId }).IsUnique();
            e.Property(i => i.Operation).HasMaxLength(100);
            e.HasIndex(i => new { i.AccountId, i.CreatedAt });
            e.HasIndex(i => new { i.AccountId, i.Operation }).IsUnique();
            e.HasIndex(i => i.NextReadAt);
            e.HasIndex(i => i.Status);
            e.HasOne<Account>().WithMany().HasForeignKey(i => i.AccountId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<InvoiceEvent>(e => e.HasIndex(x => x.InvoiceId));
        model.Entity<LedgerEntry>(e =>
        {
            e.ToTable("Ledger");
            e.Property(l => l.Key).HasMaxLength(200);
            e.Property(l => l.Currency).HasMaxLength(8);
            e.HasIndex(l => l.Key).IsUnique();
            e.HasIndex(l => l.AccountId);
            e.HasOne<Account>().WithMany().HasForeignKey(l => l.AccountId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<Period>(e =>
        {
            e.Property(p => p.Currency).HasMaxLength(8);
            e.HasIndex(p => new { p.AccountId, p.From, p.Provisional, p.Sandbox }).IsUnique();
            e.HasIndex(p => p.To);
            e.HasIndex(p => new { p.AccountId, p.To, p.Provisional, p.Sandbox });
            e.HasOne<Account>().WithMany().HasForeignKey(p => p.AccountId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<Refund>(e =>
        {
            e.Property(r => r.Id).HasMaxLength(Id);
            e.Property(r => r.Currency).HasMaxLength(8);
            e.Property(r => r.Reason).HasMaxLength(500);
            e.Property(r => r.Detail).HasMaxLength(500);
            e.HasIndex(r => r.InvoiceId);
            e.HasIndex(r => r.NextLookAt);
            e.HasOne<Account>().WithMany().HasForeignKey(r => r.AccountId).OnDelete(DeleteBehavior.Restrict);
        });
        model.Entity<PassSale>(e =>
        {
            e.HasKey(s => s.PaymentHash);
            e.Property(s => s.PaymentHash).HasMaxLength(Id);
            e.Property(s => s.ProviderId).HasMaxLength(100);
            e.Property(s => s.Currency).HasMaxLength(8);
            e.HasIndex(s => s.ProviderId);
            e.HasIndex(s => s.NextReadAt);
        });
        model.Entity<PricePoint>(e => e.HasIndex(p => p.PublishedAt));
        model.Entity<Notice>(e =>
        {
            e.Property(n => n.Subject).HasMaxLength(100);
            e.HasIndex(n => new { n.AccountId, n.Kind, n.Subject }).IsUnique();
            e.HasMany(n => n.Deliveries).WithOne().HasForeignKey(d => d.NoticeId);
        });
        model.Entity<NoticeDelivery>(e =>
        {
            e.Property(d => d.Failure).HasMaxLength(300);
            e.HasIndex(d => new { d.NoticeId, d.Channel }).IsUnique();
            e.HasIndex(d => d.DueAt).HasFilter("\"DueAt\" IS NOT NULL");
        });
        model.Entity<ChainPayment>(e =>
        {
            e.HasKey(p => new { p.Store, p.Id });
            e.Property(p => p.Store).HasMaxLength(100);
            e.Property(p => p.Id).HasMaxLength(80);
            e.Property(p => p.Address).HasMaxLength(100);
            e.HasIndex(p => new { p.Store, p.Address });
            e.HasIndex(p => new { p.Store, p.Confirmations });
        });
        model.Entity<SandboxInvoice>(e => e.HasIndex(i => i.OrderId));
        model.Entity<SandboxPayment>(e => e.HasIndex(p => p.InvoiceId));
    }

    private static void Server(ModelBuilder model)
    {
        model.Entity<NodeOwner>(e =>
        {
            e.HasKey(n => n.NodeId);
            e.Property(n => n.NodeId).HasMaxLength(Id);
            e.HasIndex(n => n.LastSeen);
        });
        model.Entity<KnownServerRow>(e =>
        {
            e.ToTable("KnownServers");
            e.HasKey(s => s.Url);
            e.Property(s => s.Url).HasMaxLength(2000);
            e.Property(s => s.Id).HasMaxLength(Id);
            e.Property(s => s.Source).HasMaxLength(500);
            e.HasIndex(s => s.Due);
        });
        model.Entity<PolicyRuleRow>(e =>
        {
            e.ToTable("PolicyRules");
            e.HasKey(r => r.Id);
            e.Property(r => r.Id).HasMaxLength(Id);
            e.Property(r => r.Value).HasMaxLength(400);
            e.Property(r => r.Reason).HasMaxLength(500);
            e.Property(r => r.RemovedReason).HasMaxLength(500);
            e.HasIndex(r => r.Version).IsUnique();
            e.HasIndex(r => r.RemovedVersion).IsUnique();
            e.HasIndex(r => new { r.Kind, r.Value }).IsUnique().HasFilter("\"RemovedVersion\" IS NULL");
        });
        model.Entity<PeerTrafficRow>(e =>
        {
            e.ToTable("PeerTraffic");
            e.HasKey(t => t.ServerId);
            e.Property(t => t.ServerId).HasMaxLength(Id);
        });
        model.Entity<PeerKeyRow>(e =>
        {
            e.ToTable("PeerKeys");
            e.HasKey(k => k.ServerId);
            e.Property(k => k.ServerId).HasMaxLength(Id);
            e.Property(k => k.ApiKey).HasMaxLength(200);
        });
        model.Entity<PeerPurchaseRow>(e =>
        {
            e.ToTable("PeerPurchases");
            e.Property(p => p.Id).HasMaxLength(Id);
            e.Property(p => p.ServerId).HasMaxLength(Id);
            e.Property(p => p.InvoiceId).HasMaxLength(100);
            e.Property(p => p.Lightning).HasMaxLength(4000);
            e.Property(p => p.CheckoutUrl).HasMaxLength(2000);
            e.Property(p => p.Currency).HasMaxLength(8);
            e.Property(p => p.Problem).HasMaxLength(500);
            e.Property(p => p.Version).IsConcurrencyToken();
            e.HasIndex(p => new { p.ServerId, p.Number }).IsUnique();
            e.HasIndex(p => p.PaidAt);
        });
        model.Entity<AuditEntry>(e =>
        {
            e.Property(a => a.ActorId).HasMaxLength(Id);
            e.Property(a => a.Action).HasMaxLength(100);
            e.Property(a => a.Target).HasMaxLength(400);
            e.Property(a => a.Reason).HasMaxLength(500);
            e.Property(a => a.Detail).HasMaxLength(1_000);
            e.HasIndex(a => a.Target);
        });
        model.Entity<ContentReport>(e => e.Property(r => r.Reason).HasMaxLength(2000));
        model.Entity<IdempotencyRecord>(e => e.HasIndex(r => r.At));
        model.Entity<Setting>(e => e.HasKey(s => s.Key));
    }
}

/// <summary>Times as Unix milliseconds: exact, small, and comparable in every database.</summary>
internal sealed class UnixMillisecondsConverter()
    : ValueConverter<DateTimeOffset, long>(time => time.ToUnixTimeMilliseconds(), value => DateTimeOffset.FromUnixTimeMilliseconds(value));
