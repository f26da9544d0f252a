namespace Datt.Paid.Payments.BtcPay;

public enum BtcPaySeverity
{
    /// <summary>Works, but not as it should.</summary>
    Warning,

    /// <summary>Buyers cannot pay, or payments are not seen as they should be.</summary>
    Error,
}

/// <summary>Something about the store, its key or its webhook that is not as it should be.</summary>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Problem">What is wrong, in one sentence that names the setting.</param>
/// <param name="Remedy">Where to click or what to set.</param>
public sealed record BtcPayFinding(BtcPaySeverity Severity, string Code, string Problem, string Remedy)
{
    public override string ToString() => $"{Problem} {Remedy}";
}
