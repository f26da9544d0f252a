using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.L402;

/// <summary>Who gets an invoice with a refusal.</summary>
public enum L402Challenge
{
    /// <summary>Every caller without an API key, as the clients in use expect it; with a key only who asks for it.</summary>
    Everybody,

    /// <summary>Who sends <c>Accept-Authenticate: L402</c>, or a pass that does not work any more.</summary>
    OnRequest,
}

/// <summary>Passes for buyers without an account, section <c>Datt:L402</c>.</summary>
public sealed class L402Options
{
    public const string Section = "Datt:L402";

    public bool Enabled { get; set; }

    /// <summary>How long a pass opens search. It counts from the end of the invoice's lifetime, because nobody is told when the invoice is paid.</summary>
    public TimeSpan PassDuration { get; set; } = TimeSpan.FromDays(1);

    /// <summary>Price of a pass in satoshi; 0 takes the share of the month's price, a month being 30 days.</summary>
    public long PriceSats { get; set; }

    /// <summary>Least satoshi for a pass whose price is a share of the month's.</summary>
    public long MinimumSats { get; set; } = 10;

    /// <summary>How long an invoice can be paid, and for how long its caller gets the same one.</summary>
    public TimeSpan InvoiceLifetime { get; set; } = TimeSpan.FromMinutes(10);

    public L402Challenge Challenge { get; set; } = L402Challenge.Everybody;

    /// <summary>Most invoices that wait for payment at a time; whoever comes then gets the refusal without one.</summary>
    public int MaximumOpen { get; set; } = 1_000;

    /// <summary>Most invoices that are made in a minute.</summary>
    public int InvoicesPerMinute { get; set; } = 60;
}

/// <summary>Says everything that is wrong with <see cref="L402Options"/> at once.</summary>
public sealed class L402OptionsValidator(IOptions<PaymentsOptions> payments) : IValidateOptions<L402Options>
{
    public ValidateOptionsResult Validate(string? name, L402Options options)
    {
        var errors = Problems(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private IEnumerable<string> Problems(L402Options options)
    {
        const string Section = L402Options.Section;
        if (options.Enabled && !HasLightning())
            yield return $"{Section}:Enabled needs a payment provider with Lightning: set Datt:Payments:Provider to BtcPay, or {Section}:Enabled to false.";
        if (options.PassDuration < TimeSpan.FromMinutes(1) || options.PassDuration > TimeSpan.FromDays(366))
            yield return $"{Section}:PassDuration must be between 00:01:00 and 366.00:00:00.";
        if (options.PriceSats is < 0 or > 100_000_000)
            yield return $"{Section}:PriceSats must be between 1 and 100000000 satoshi, or 0 for a share of the month's price.";
        if (options.MinimumSats is < 1 or > 100_000_000)
            yield return $"{Section}:MinimumSats must be between 1 and 100000000 satoshi.";
        if (options.InvoiceLifetime < TimeSpan.FromMinutes(1) || options.InvoiceLifetime > TimeSpan.FromDays(1))
            yield return $"{Section}:InvoiceLifetime must be between 00:01:00 and 1.00:00:00.";
        if (!Enum.IsDefined(options.Challenge))
            yield return $"{Section}:Challenge must be one of {string.Join(", ", Enum.GetNames<L402Challenge>())}.";
        if (options.MaximumOpen is < 1 or > 100_000)
            yield return $"{Section}:MaximumOpen must be between 1 and 100000.";
        if (options.InvoicesPerMinute is < 1 or > 10_000)
            yield return $"{Section}:InvoicesPerMinute must be between 1 and 10000.";
    }

    private bool HasLightning()
    {
        try
        {
            return payments.Value.Provider is PaymentProviderKind.BtcPay or PaymentProviderKind.Sandbox;
        }
        catch (OptionsValidationException)
        {
            return true; // reported by the validator of those options
        }
    }
}
