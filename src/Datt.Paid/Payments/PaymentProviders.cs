using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments;

/// <summary>The provider that new invoices go to, and those whose invoices are still read.</summary>
public sealed class PaymentProviders
{
    private readonly List<IPaymentProvider> _providers;

    public PaymentProviders(IEnumerable<IPaymentProvider> providers, IOptions<PaymentsOptions> options)
    {
        IsSandbox = options.Value.Provider == PaymentProviderKind.Sandbox;
        // Not real money stays outside the books of a server that takes real money.
        _providers = [.. providers.Where(p => p.Store.Length > 0 && (p.Kind != PaymentProviderKind.Sandbox || IsSandbox))];
        Current = _providers.FirstOrDefault(p => p.Kind == options.Value.Provider);
    }

    /// <summary>Null: nobody can pay.</summary>
    public IPaymentProvider? Current { get; }

    /// <summary>The current provider is the sandbox: its entries and periods count.</summary>
    public bool IsSandbox { get; }

    public IReadOnlyList<IPaymentProvider> All => _providers;

    /// <summary>The provider of an invoice; null when its settings are gone.</summary>
    public IPaymentProvider? Of(string kind, string store) => _providers.FirstOrDefault(p => p.Kind.ToString() == kind && p.Store == store);
}
