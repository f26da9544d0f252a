using System.Collections.Concurrent;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Storage;
using Datt.Paid.Sync.Exchange.Buying;
using Datt.Paid.Tests.Payments;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Sync.Exchange.Buying;

/// <summary>Servers that sell, and a purse: both remember what was really done, whatever they say.</summary>
internal sealed class Market : IPeerShop, ILightningPurse
{
    public const decimal SatsPerUsd = 1_000;

    private readonly ConcurrentDictionary<string, PeerInvoice> _invoices = new();
    private int _count;
    private PeerKeys? _keys;

    /// <summary>What each payment does; by default it succeeds with a fee of one satoshi.</summary>
    public Func<string, PayOutcome?>? Pays { get; set; }

    /// <summary>Whether the money of such an outcome really goes.</summary>
    public bool MoneyGoesAllTheSame { get; set; } = true;

    public bool CanPay { get; set; } = true;

    public decimal Quoted { get; set; } = 0.25m;

    public long InvoiceSats { get; set; } = 250;

    public DateTimeOffset Now { get; set; } = new(2026, 1, 10, 0, 0, 0, TimeSpan.Zero);

    /// <summary>Every payment that really went: what and when.</summary>
    public ConcurrentQueue<(string Bolt11, string Operation, DateTimeOffset At)> Spent { get; } = new();

    public ConcurrentQueue<string> Orders { get; } = new();

    public int Accounts;

    public Task<decimal?> SatsPerUnitAsync(string currency, CancellationToken ct) => Task.FromResult<decimal?>(currency == "SATS" ? 1 : SatsPerUsd);

    public async Task<PayOutcome> PayAsync(string bolt11, long maxFeeSats, CancellationToken ct)
    {
        await Task.Yield();
        var invoice = _invoices.Values.Single(each => each.Lightning == bolt11);
        PayOutcome outcome;
        try
        {
            outcome = Pays?.Invoke(bolt11) ?? new PayOutcome.Paid(invoice.DueSats + 1);
        }
        catch (PurchaseModelTests.PowerCut cut) when (cut.MoneyWent)
        {
            Really(invoice);
            throw;
        }
        if (outcome is PayOutcome.Paid || (outcome is PayOutcome.Unknown && MoneyGoesAllTheSame))
            Really(invoice);
        return outcome;
    }

    public Task<string?> OpenAccountAsync(KnownServer server, CancellationToken ct)
    {
        Interlocked.Increment(ref Accounts);
        return Task.FromResult<string?>("key at " + server.Id);
    }

    public Task<PeerQuote?> QuoteAsync(KnownServer server, int months, CancellationToken ct) => Task.FromResult<PeerQuote?>(new PeerQuote(Quoted * months, "USD"));

    public Task<PeerInvoice?> OrderAsync(KnownServer server, string key, int months, string operation, CancellationToken ct)
    {
        Assert.Equal("key at " + server.Id, key);
        Orders.Enqueue(operation);
        return Task.FromResult<PeerInvoice?>(_invoices.GetOrAdd(
            operation, _ => new PeerInvoice(operation, "new", InvoiceSats, $"lnbcrt{InvoiceSats * 10}n1p{Letters(Interlocked.Increment(ref _count))}", null, Now.AddHours(1))));
    }

    public Task<PeerInvoice?> InvoiceAsync(KnownServer server, string key, string id, CancellationToken ct) => Task.FromResult(_invoices.GetValueOrDefault(id));

    /// <summary>Somebody pays an invoice by hand.</summary>
    public void PayByHand(string id) => _invoices[id] = _invoices[id] with { Status = "settled" };

    // The digit 1 separates the parts of a BOLT11 and stands nowhere else in the last one.
    private static string Letters(int number) => string.Concat($"{number}".Select(digit => (char)('c' + digit - '0')));

    private void Really(PeerInvoice invoice)
    {
        Spent.Enqueue((invoice.Lightning!, invoice.Id, Now));
        PayByHand(invoice.Id);
    }

    public PeerPurchaseJob Job(MoneyServer server, BuyingSettings settings, ServerDirectory sellers) =>
        new(settings, sellers, this, this, new PurchaseBook(server.Database), _keys ??= new PeerKeys(server.Database), _ => { }, NullLogger<PeerPurchaseJob>.Instance);

    public static ServerDirectory Sellers(int count, string access = "Paid")
    {
        var directory = new ServerDirectory();
        for (var i = 0; i < count; i++)
        {
            using var key = ServerKey.Create();
            var url = $"https://seller-{i}.example.org";
            var card = SignedCard.Sign(new ServerCard
            {
                Id = key.Id,
                Name = $"seller {i}",
                Url = url,
                PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
                Software = "Datt.Paid",
                Version = "1",
                SearchAccess = "Paid",
                FederationAccess = access,
                Price = new CardPrice("0.25", "USD", "month"),
                Coverage = new CardCoverage(0, 0, 0, 1),
                Nodes = new CardNodes(0, 0),
                Time = DateTimeOffset.UnixEpoch,
            }, key);
            directory.Put(new KnownServer(key.Id, new Uri(url), card, ServerState.Alive, DateTimeOffset.UnixEpoch, DateTimeOffset.UnixEpoch, null, null));
        }
        return directory;
    }

    public static Task<List<PeerPurchaseRow>> RowsAsync(MoneyServer server) => new PurchaseBook(server.Database).ListAsync(MoneyServer.Ct);
}
