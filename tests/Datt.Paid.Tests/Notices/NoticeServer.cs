using System.Globalization;
using System.Net;
using Datt.Paid.Accounts;
using Datt.Paid.Notices;
using Datt.Paid.Outbound;
using Datt.Paid.Payments;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Storage;
using Datt.Paid.Tests.Payments;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Tests.Notices;

/// <summary>The money half with notices, on a real SQLite file, a clock that the test moves, and names that it makes up.</summary>
internal sealed class NoticeServer : IAsyncDisposable
{
    public const string Url = "https://rendezvous.example";
    private static readonly ServerKey SharedKey = ServerKey.Create();
    private static readonly CancellationToken Ct = CancellationToken.None;

    private NoticeServer(MoneyServer money, FakeTimeProvider clock) => (Money, Clock) = (money, clock);

    public MoneyServer Money { get; }

    public FakeTimeProvider Clock { get; }

    public ServerKey Key => SharedKey;

    public static async Task<NoticeServer> StartAsync(
        Dictionary<string, string?>? settings = null, bool allowPrivate = true, Func<string, string>? names = null, NoticeServer? sharesWith = null)
    {
        var clock = sharesWith?.Clock ?? new FakeTimeProvider(new DateTimeOffset(2026, 1, 31, 12, 0, 0, TimeSpan.Zero));
        var outbound = new OutboundSettings { AllowPrivateAddresses = allowPrivate };
        if (names is not null)
            outbound = outbound with { Resolve = (host, _) => Task.FromResult<IPAddress[]>([IPAddress.Parse(names(host))]) };
        var money = await MoneyServer.StartAsync(settings, directory: sharesWith?.Money.Directory, services: services =>
        {
            services.AddSingleton<TimeProvider>(clock);
            services.Replace(ServiceDescriptor.Singleton(outbound));
            services.AddSingleton(SharedKey);
            services.AddNotices(_ => new NoticeOrigin(() => Url));
        });
        return new NoticeServer(money, clock);
    }

    public Task RunAsync() => Money.Get<NoticeJob>().RunAsync(Ct);

    /// <summary>An account whose notices go there.</summary>
    public async Task<string> AccountAsync(string? url = null, string? email = null)
    {
        var (account, _) = await Money.AccountAsync();
        Assert.IsType<AccountOutcome.Changed>(await Money.Accounts.PatchAsync(account, new AccountPatch(url, email), Ct));
        return account;
    }

    /// <summary>Writes a notice as the rest of the money half does.</summary>
    public Task NotifyAsync(string account, NoticeKind kind = NoticeKind.Grace, DateTimeOffset? end = null, string? invoice = null) =>
        Money.Database.WriteAsync(async db =>
        {
            var books = (await AccountBooks.OpenAsync(db, account, "USD", sandbox: true, Ct))!;
            var subject = (end ?? Clock.GetUtcNow()).ToUnixTimeMilliseconds().ToString(CultureInfo.InvariantCulture);
            Assert.True(await books.TryNotifyAsync(kind, subject, invoice, Clock.GetUtcNow(), Ct));
        }, Ct);

    public Task<List<NoticeDelivery>> DeliveriesAsync() =>
        Money.Database.ReadAsync(db => db.NoticeDeliveries.OrderBy(d => d.Id).ToListAsync(Ct), Ct);

    public async Task<NoticeDelivery> DeliveryAsync() => Assert.Single(await DeliveriesAsync());

    public ValueTask DisposeAsync() => Money.DisposeAsync();
}
