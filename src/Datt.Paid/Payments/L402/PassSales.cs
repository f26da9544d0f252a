using System.Collections.Concurrent;
using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Payments.L402;

/// <summary>
/// Passes in the books. An invoice is noted before anybody sees it, read again when its time is over, or soon after its pass was first used,
/// and a paid one is booked once, by its payment hash: as a payment to the account of all passes, and as the charge for the pass. Unpaid ones are forgotten.
/// </summary>
public sealed class PassSales(
    Database database, IEnumerable<ILightningMint> mints, PaymentProviders providers, PriceBook prices, ILogger<PassSales> log)
{
    /// <summary>The account that passes are sold by; it has no key, and its balance is always zero.</summary>
    public const string AccountId = "acc_l402";

    private const int Page = 200;
    private const int MaximumShown = 100_000;

    /// <summary>A payment that began in time may arrive a moment later.</summary>
    private static readonly TimeSpan ReadAfter = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ReadAgain = TimeSpan.FromHours(1);

    /// <summary>So long an invoice that the provider still calls unpaid, or does not show, is looked at.</summary>
    private static readonly TimeSpan GiveUpAfter = TimeSpan.FromDays(30);

    private readonly List<ILightningMint> _mints = [.. mints.Where(m => m.Store.Length > 0 && (m.Kind != PaymentProviderKind.Sandbox || providers.IsSandbox))];

    // Passes that were used since the start; false until their sale was looked up.
    private readonly ConcurrentDictionary<string, (bool Known, Pass Pass)> _shown = new();
    private long _sold;
    private long _soldSats;

    /// <summary>Whether the payment provider can make Lightning invoices at all.</summary>
    public bool IsOpen => Mint is not null;

    /// <summary>Passes booked since the start.</summary>
    public long Sold => Volatile.Read(ref _sold);

    /// <summary>What they brought, in satoshi.</summary>
    public long SoldSats => Volatile.Read(ref _soldSats);

    private ILightningMint? Mint => _mints.Find(m => m.Kind == providers.Current?.Kind);

    /// <summary>Has an invoice made and notes it.</summary>
    /// <exception cref="ProviderUnavailableException">None can be made now.</exception>
    public async Task<MintedInvoice> OfferAsync(
        PassOffer offer, DateTimeOffset payableUntil, DateTimeOffset validUntil, DateTimeOffset now, CancellationToken ct)
    {
        var mint = Mint ?? throw new ProviderUnavailableException("This server has no Lightning.");
        var made = await mint.MintAsync(offer.Sats, $"Search until {validUntil.UtcDateTime:yyyy-MM-dd HH:mm} UTC", payableUntil - now, ct);
        if (!IsText(made.Bolt11) || made.PaymentHash.Length != 64 || !made.PaymentHash.All(char.IsAsciiHexDigitLower) || made.Id.Length is 0 or > 100)
            throw new ProviderUnavailableException($"The provider's answer to a request for a Lightning invoice makes no sense (invoice {made.Id}).");
        var row = new PassSale
        {
            PaymentHash = made.PaymentHash,
            Provider = mint.Kind.ToString(),
            Store = mint.Store,
            ProviderId = made.Id,
            Sats = offer.Sats,
            Currency = offer.Currency,
            RateUnits = Money.Of(offer.Rate, offer.Currency).Units,
            CreatedAt = now,
            PayableUntil = payableUntil,
            NextReadAt = payableUntil + ReadAfter,
            Sandbox = mint.Kind == PaymentProviderKind.Sandbox,
        };
        await database.WriteAsync(db =>
        {
            db.PassSales.Add(row);
            return Task.CompletedTask;
        }, ct);
        return made;
    }

    /// <summary>A pass was used, so it was paid: the next run looks whether that is booked. True the first time.</summary>
    public bool Show(Pass pass) => !_shown.ContainsKey(pass.PaymentHash) && _shown.Count < MaximumShown && _shown.TryAdd(pass.PaymentHash, (false, pass));

    /// <summary>Reads what is due and what was shown, and books what was paid. May run twice at once and die anywhere.</summary>
    public async Task RunAsync(DateTimeOffset now, CancellationToken ct)
    {
        foreach (var (hash, (known, pass)) in _shown)
        {
            if (pass.ValidUntil < now)
                _shown.TryRemove(hash, out _);
            else if (!known && await LookAsync(pass, now, ct))
                _shown[hash] = (true, pass);
        }
        var due = await database.ReadAsync(
            db => db.PassSales.Where(s => s.NextReadAt != null && s.NextReadAt <= now).OrderBy(s => s.NextReadAt).Take(Page).ToListAsync(ct), ct);
        foreach (var row in due)
        {
            if (!await ReadAsync(row, now, ct))
                break;
        }
    }

    /// <summary>Books what an invoice brought, unless that is booked.</summary>
    /// <param name="sats">What came in.</param>
    internal async Task BookAsync(PassSale sale, long sats, DateTimeOffset now, CancellationToken ct)
    {
        var booked = await database.WriteAsync(async db =>
        {
            var row = await db.PassSales.SingleOrDefaultAsync(s => s.PaymentHash == sale.PaymentHash, ct);
            if (row is null)
                db.PassSales.Add(row = sale);
            if (row.PaidAt is not null)
                return false;
            (row.PaidAt, row.NextReadAt, row.Sats) = (now, null, sats);
            await OpenAccountAsync(db, now, ct);
            var currency = prices.Options.Currency;
            var books = await AccountBooks.OpenAsync(db, AccountId, currency, row.Sandbox, ct)
                ?? throw new InvalidOperationException($"The account {AccountId} is missing.");
            var rate = new Money(row.RateUnits, row.Currency).Amount;
            if (row.Currency != currency)
                rate *= await BooksCurrency.RateAsync(db, row.Currency, currency, ct);
            var units = checked((long)Math.Floor(sats * rate));
            var key = $"payment:{row.Provider}:{row.PaymentHash}";
            if (!await books.TryCreditAsync(LedgerKind.Payment, key, units, null, "pass", now, ct))
                return false;
            await books.TryDebitAsync(LedgerKind.Charge, $"charge:pass:{row.PaymentHash}", units, null, "pass", now, ct);
            return true;
        }, ct);
        if (!booked)
            return;
        Interlocked.Increment(ref _sold);
        Interlocked.Add(ref _soldSats, sats);
    }

    /// <returns>False when the provider cannot be asked now.</returns>
    private async Task<bool> ReadAsync(PassSale row, DateTimeOffset now, CancellationToken ct)
    {
        var mint = _mints.Find(m => m.Kind.ToString() == row.Provider && m.Store == row.Store);
        try
        {
            var read = mint is null ? null : await mint.ReadAsync(row.ProviderId, ct);
            if (read is { Status: LightningStatus.Paid })
                await BookAsync(row, read.ReceivedSats, now, ct);
            else if (read is { Status: LightningStatus.Expired } || now - row.PayableUntil >= GiveUpAfter)
                await database.WriteAsync(db => db.PassSales.Where(s => s.PaymentHash == row.PaymentHash && s.PaidAt == null).ExecuteDeleteAsync(ct), ct);
            else
            {
                await database.WriteAsync(
                    db => db.PassSales.Where(s => s.PaymentHash == row.PaymentHash && s.PaidAt == null)
                        .ExecuteUpdateAsync(s => s.SetProperty(r => r.NextReadAt, now + ReadAgain), ct), ct);
            }
            return true;
        }
        catch (ProviderUnavailableException e)
        {
            log.LogWarning(e, "Invoices of passes could not be read; they are at the next run");
            return false;
        }
    }

    /// <returns>Whether nothing is left to do.</returns>
    private async Task<bool> LookAsync(Pass pass, DateTimeOffset now, CancellationToken ct)
    {
        var row = await database.ReadAsync(db => db.PassSales.SingleOrDefaultAsync(s => s.PaymentHash == pass.PaymentHash, ct), ct);
        if (row is { PaidAt: not null })
            return true;
        if (row is not null)
            return await ReadAsync(row, now, ct);
        return await AdoptAsync(pass, now, ct);
    }

    /// <summary>A pass that works though its sale is not known: the database was restored. The token names the invoice.</summary>
    private async Task<bool> AdoptAsync(Pass pass, DateTimeOffset now, CancellationToken ct)
    {
        try
        {
            if (Mint is not { } mint)
                return true;
            var read = await mint.ReadAsync(pass.InvoiceId, ct);
            if (read is not { Status: LightningStatus.Paid } || read.PaymentHash != pass.PaymentHash)
            {
                log.LogWarning("A pass is used whose sale is not in the books and whose invoice {Invoice} the provider does not show as paid", pass.InvoiceId);
                return true;
            }
            var currency = prices.Options.Currency;
            var rate = (await providers.Current!.TermsAsync(currency, now, ct)).Rate;
            await BookAsync(
                new PassSale
                {
                    PaymentHash = pass.PaymentHash,
                    Provider = mint.Kind.ToString(),
                    Store = mint.Store,
                    ProviderId = pass.InvoiceId,
                    Currency = currency,
                    RateUnits = Money.Of(rate, currency).Units,
                    CreatedAt = now,
                    PayableUntil = now,
                    Sandbox = mint.Kind == PaymentProviderKind.Sandbox,
                },
                read.ReceivedSats, now, ct);
            return true;
        }
        catch (ProviderUnavailableException e)
        {
            log.LogWarning(e, "The sale of a pass could not be looked up; it is at the next run");
            return false;
        }
    }

    private static async Task OpenAccountAsync(DattDbContext db, DateTimeOffset now, CancellationToken ct)
    {
        if (await db.Users.AnyAsync(a => a.Id == AccountId, ct))
            return;
        db.Users.Add(new Account
        {
            Id = AccountId,
            UserName = AccountId,
            NormalizedUserName = AccountId.ToUpperInvariant(),
            Name = "Passes sold by L402",
            AutoRenew = false,
            SecurityStamp = RandomId.New("stamp"),
            CreatedAt = now,
        });
        await db.SaveChangesAsync(ct);
    }

    /// <summary>It goes into a header.</summary>
    private static bool IsText(string bolt11) => bolt11.Length is > 0 and <= 4_000 && bolt11.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '_');
}
