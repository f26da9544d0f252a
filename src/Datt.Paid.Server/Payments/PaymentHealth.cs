using Datt.Paid.Payments;

namespace Datt.Paid.Server.Payments;

/// <summary>What the last check of the payment side found; all of it at one moment.</summary>
/// <param name="CheckedAt">Null before the first check.</param>
public sealed record PaymentReport(DateTimeOffset? CheckedAt, IReadOnlyList<PaymentFinding> Findings)
{
    public int Errors => Findings.Count(f => f.Severity == FindingSeverity.Error);

    public int Warnings => Findings.Count - Errors;
}

/// <summary>Holds the newest <see cref="PaymentReport"/> for operators and metrics.</summary>
public sealed class PaymentHealth
{
    private volatile PaymentReport _report = new(null, []);

    public PaymentReport Report
    {
        get => _report;
        set => _report = value;
    }
}
