namespace Datt.Paid.Payments.Rates;

/// <summary>Where the worth of one bitcoin in the currency of the price comes from.</summary>
public interface IRateSource
{
    /// <summary>Currency units for one bitcoin, as the source says; whether it can be believed is for <see cref="BitcoinRates"/>.</summary>
    Task<RateReading> ReadAsync(CancellationToken ct);
}

public abstract record RateReading
{
    public sealed record Rate(decimal Value) : RateReading;

    /// <param name="Reason">For the operator, naming the setting.</param>
    public sealed record Failed(string Reason, Exception? Cause = null) : RateReading;
}

/// <summary>The operator's word for it.</summary>
public sealed class FixedRateSource(decimal rate) : IRateSource
{
    public Task<RateReading> ReadAsync(CancellationToken ct) => Task.FromResult<RateReading>(new RateReading.Rate(rate));
}
