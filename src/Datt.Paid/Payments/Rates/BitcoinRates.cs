using Datt.Paid.Pricing;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.Rates;

/// <summary>
/// The rate that invoices are made at. Asks the source when what it has is not fresh, one at a time, and uses what it has as long as that is
/// young enough.
/// </summary>
public sealed class BitcoinRates(
    IRateSource? source, IOptions<RatesOptions> options, IOptions<PricingOptions> pricing, ILogger<BitcoinRates> log) : IDisposable
{
    /// <summary>Pause after a source failed, so that buyers do not wait for it one after the other.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(5);

    private readonly RateGuard _guard = options.Value.Fixed > 0
        ? new(options.Value.Fixed, options.Value.Fixed, options.Value.MaximumAge, options.Value.MaximumJump)
        : new(options.Value.Minimum, options.Value.Maximum, options.Value.MaximumAge, options.Value.MaximumJump);

    private readonly SemaphoreSlim _reading = new(1, 1);
    private DateTimeOffset _next = DateTimeOffset.MinValue;
    private string _problem = "";

    /// <summary>Currency units for one bitcoin.</summary>
    /// <exception cref="ProviderUnavailableException">There is no rate that can be believed.</exception>
    public async Task<decimal> OfAsync(string currency, DateTimeOffset now, CancellationToken ct)
    {
        if (currency == "BTC")
            return 1m;
        if (currency == "SATS")
            return Money.Scale;
        if (source is null || currency != pricing.Value.Currency)
        {
            throw new ProviderUnavailableException($"There is no rate for {currency}; {RatesOptions.Section} has the one of Datt:Pricing:Currency.")
            {
                ForBuyers = $"There is no bitcoin rate for {currency} now.",
            };
        }
        await _reading.WaitAsync(ct);
        try
        {
            if (now >= _next || _next - now > options.Value.MaximumAge) // the latter after a clock was set back
                await RefreshAsync(source, now, ct);
            return _guard.At(now) ?? throw new ProviderUnavailableException($"There is no bitcoin rate that can be believed: {_problem}.")
            {
                ForBuyers = "There is no reliable bitcoin rate now, so no invoice can be made.",
            };
        }
        finally
        {
            _reading.Release();
        }
    }

    public void Dispose() => _reading.Dispose();

    private async Task RefreshAsync(IRateSource from, DateTimeOffset now, CancellationToken ct)
    {
        var reading = await from.ReadAsync(ct);
        var problem = reading switch
        {
            RateReading.Rate rate => _guard.Offer(rate.Value, now),
            RateReading.Failed failed => failed.Reason,
            _ => "the source gave no answer",
        };
        _next = now + (problem is null || options.Value.Refresh < AfterFailure ? options.Value.Refresh : AfterFailure);
        if (problem is not null && problem != _problem)
            log.LogWarning((reading as RateReading.Failed)?.Cause, "No new bitcoin rate: {Problem}", problem);
        _problem = problem ?? "";
    }
}
