using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Pricing;

/// <summary>A published price of one month and what it was computed from.</summary>
public sealed record Price(Money Monthly, PricingModel Model, Coverage Coverage, DateTimeOffset PublishedAt, DateTimeOffset EffectiveFrom);

/// <summary>
/// The published prices. A new price is published <see cref="Notice"/> before it takes effect, so a quote made meanwhile can be kept.
/// The newest ones are in memory: asking for the price touches no database.
/// </summary>
public sealed class PriceBook(Database database, IOptions<PricingOptions> options)
{
    /// <summary>Time between the publishing of a price and its effect, and so the longest a quote is valid.</summary>
    public static readonly TimeSpan Notice = TimeSpan.FromHours(1);

    private const int Kept = 400;

    private volatile Price[] _prices = []; // newest first

    public PricingOptions Options => options.Value;

    /// <summary>Published prices, newest first, upcoming ones included.</summary>
    public IReadOnlyList<Price> History => _prices;

    /// <summary>The price that holds now.</summary>
    /// <exception cref="InvalidOperationException">Before <see cref="OpenAsync"/>.</exception>
    public Price At(DateTimeOffset now)
    {
        var prices = _prices;
        foreach (var price in prices)
        {
            if (price.EffectiveFrom <= now)
                return price;
        }
        return prices.Length > 0 ? prices[^1] : throw new InvalidOperationException("No price is published yet.");
    }

    /// <summary>Until when the price that holds now is certain: at most <see cref="Notice"/> ahead.</summary>
    public DateTimeOffset CertainUntil(DateTimeOffset now)
    {
        var end = now + Notice;
        foreach (var price in _prices)
        {
            if (price.EffectiveFrom > now && price.EffectiveFrom < end)
                end = price.EffectiveFrom;
        }
        return end;
    }

    /// <summary>The newest price that was published by then: what a renewal is charged. The oldest, where none was.</summary>
    public Price PublishedBy(DateTimeOffset time)
    {
        var prices = _prices;
        foreach (var price in prices)
        {
            if (price.PublishedAt <= time)
                return price;
        }
        return prices.Length > 0 ? prices[^1] : throw new InvalidOperationException("No price is published yet.");
    }

    /// <summary>
    /// Called at start: reads the history and publishes a price with immediate effect where there is none, or where the options that
    /// the newest one was computed under have changed.
    /// </summary>
    public async Task OpenAsync(Coverage coverage, DateTimeOffset now, CancellationToken ct)
    {
        if (await ReadAsync(ct) != options.Value.Fingerprint())
            await PublishAsync(coverage, now, atStart: true, ct);
    }

    /// <summary>Computes the price anew and publishes it if it differs from the newest. Changes nothing when called again.</summary>
    public Task RepriceAsync(Coverage coverage, DateTimeOffset now, CancellationToken ct) => PublishAsync(coverage, now, atStart: false, ct);

    private async Task PublishAsync(Coverage coverage, DateTimeOffset now, bool atStart, CancellationToken ct)
    {
        var monthly = PriceFormula.Monthly(options.Value, coverage);
        var fingerprint = options.Value.Fingerprint();
        await database.WriteAsync(async db =>
        {
            var newest = await db.PricePoints.OrderByDescending(p => p.Id).FirstOrDefaultAsync(ct);
            var otherOptions = newest is null || newest.Options != fingerprint;
            if (atStart ? !otherOptions : !otherOptions && newest!.Units == monthly.Units)
                return;
            db.PricePoints.Add(new PricePoint
            {
                PublishedAt = now,
                EffectiveFrom = atStart ? now : now + Notice,
                Units = monthly.Units,
                Currency = monthly.Currency,
                Model = options.Value.Model.ToString(),
                Options = fingerprint,
                Records = coverage.Records,
                Origins = coverage.Origins,
                NetworkRecords = coverage.NetworkRecords,
            });
        }, ct);
        await ReadAsync(ct);
    }

    /// <returns>The options that the newest price was computed under; null where none is published.</returns>
    private async Task<string?> ReadAsync(CancellationToken ct)
    {
        string? newest = null;
        await database.ReadRowsAsync("""SELECT "Options" FROM "PricePoints" ORDER BY "Id" DESC LIMIT 1""", row => newest = row.GetString(0), ct);
        // Prices of another currency than that of the books can neither be charged nor compared.
        var prices = new List<Price>();
        await database.ReadRowsAsync(
            $"""
            SELECT "Units", "Currency", "Model", "Records", "Origins", "NetworkRecords", "PublishedAt", "EffectiveFrom"
            FROM "PricePoints" WHERE "Currency" = @currency ORDER BY "Id" DESC LIMIT {Kept}
            """,
            row => prices.Add(new Price(
                new Money(row.GetInt64(0), row.GetString(1)), Enum.Parse<PricingModel>(row.GetString(2)),
                new Coverage(row.GetInt64(3), row.GetInt64(4), row.GetInt64(5)),
                DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(6)), DateTimeOffset.FromUnixTimeMilliseconds(row.GetInt64(7)))),
            ct, ("@currency", options.Value.Currency));
        _prices = [.. prices];
        return newest;
    }
}
