namespace Datt.Paid.Payments;

public enum FindingSeverity
{
    /// <summary>Works, but not as it should.</summary>
    Warning,

    /// <summary>Buyers cannot pay, or payments are not seen as they should be.</summary>
    Error,
}

/// <summary>Something about a payment side that is not as it should be.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Problem">What is wrong, in one sentence that names the setting.</param>
/// <param name="Remedy">Where to click or what to set.</param>
public sealed record PaymentFinding(FindingSeverity Severity, string Code, string Problem, string Remedy)
{
    public override string ToString() => $"{Problem} {Remedy}";
}

/// <summary>Looks at the other side of a provider: everything that is wrong at once. Repeating it changes nothing more.</summary>
public interface IPaymentCheck
{
    PaymentProviderKind Kind { get; }

    /// <summary>Whether its settings are there at all; else there is nothing to look at.</summary>
    bool IsSet { get; }

    /// <summary>Never throws because of the other side: that it cannot be reached is a finding.</summary>
    /// <param name="publicUrl">Where this server is reached, without a slash at the end; null when it is not known.</param>
    Task<IReadOnlyList<PaymentFinding>> CheckAsync(string? publicUrl, CancellationToken ct);
}
