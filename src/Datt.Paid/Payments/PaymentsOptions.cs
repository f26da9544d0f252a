using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments;

public enum PaymentProviderKind
{
    /// <summary>Built in, not real money; impossible in Production.</summary>
    Sandbox,
    BtcPay,
    BitcoinCore,
}

/// <summary>How the server is paid, section <c>Datt:Payments</c>.</summary>
public sealed class PaymentsOptions
{
    public const string Section = "Datt:Payments";

    /// <summary>Null: nobody can pay. <c>Sandbox</c> in Development unless something else is said.</summary>
    public PaymentProviderKind? Provider { get; set; }

    /// <summary>How often open invoices are read again.</summary>
    public TimeSpan ReconcileInterval { get; set; } = TimeSpan.FromMinutes(2);

    /// <summary>Invoices of at most so many satoshi open access when their payment is seen, before it is confirmed.</summary>
    public long ZeroConfirmationLimit { get; set; }

    /// <summary>Least satoshi that are asked for on-chain.</summary>
    public long MinimumOnChainSats { get; set; } = 5_000;

    /// <summary>How long an invoice can be paid at its rate.</summary>
    public TimeSpan InvoiceLifetime { get; set; } = TimeSpan.FromHours(1);
}

/// <summary>Says everything that is wrong with <see cref="PaymentsOptions"/> at once.</summary>
/// <param name="environment">Name of the hosting environment, such as <c>Production</c>.</param>
public sealed class PaymentsOptionsValidator(string environment) : IValidateOptions<PaymentsOptions>
{
    public ValidateOptionsResult Validate(string? name, PaymentsOptions options)
    {
        var errors = Problems(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private IEnumerable<string> Problems(PaymentsOptions options)
    {
        if (options.Provider == PaymentProviderKind.Sandbox && environment == "Production")
            yield return "Datt:Payments:Provider must not be Sandbox in Production: its money is not real.";
        if (options.Provider is { } kind && !PaymentsRegistration.Available.Contains(kind))
        {
            yield return $"Datt:Payments:Provider {kind} is not part of this version; it has: "
                + $"{string.Join(", ", PaymentsRegistration.Available)}.";
        }
        if (options.ReconcileInterval < TimeSpan.FromSeconds(5) || options.ReconcileInterval > TimeSpan.FromDays(1))
            yield return "Datt:Payments:ReconcileInterval must be between 00:00:05 and 1.00:00:00.";
        if (options.ZeroConfirmationLimit is < 0 or > 100_000_000)
            yield return "Datt:Payments:ZeroConfirmationLimit must be between 0 and 100000000 satoshi.";
        if (options.MinimumOnChainSats is < 546 or > 100_000_000)
            yield return "Datt:Payments:MinimumOnChainSats must be between 546 (the dust limit) and 100000000 satoshi.";
        if (options.InvoiceLifetime < TimeSpan.FromSeconds(1) || options.InvoiceLifetime > TimeSpan.FromDays(7))
            yield return "Datt:Payments:InvoiceLifetime must be between 00:00:01 and 7.00:00:00.";
    }
}
