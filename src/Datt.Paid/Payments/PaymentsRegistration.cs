using Datt.Paid.Payments.BitcoinCore;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Payments.L402;
using Datt.Paid.Payments.Rates;
using Datt.Paid.Payments.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments;

/// <summary>The id of this server, which its invoices carry at the provider.</summary>
public sealed record InvoiceOrigin(string ServerId);

public static class PaymentsRegistration
{
    /// <summary>Providers that this version can be paid through.</summary>
    public static readonly IReadOnlySet<PaymentProviderKind> Available = new HashSet<PaymentProviderKind>
    {
        PaymentProviderKind.Sandbox,
        PaymentProviderKind.BtcPay,
        PaymentProviderKind.BitcoinCore,
    };

    /// <summary>Invoices and payments; needs pricing and accounts.</summary>
    /// <param name="environment">Name of the hosting environment.</param>
    /// <param name="origin">The id of this server.</param>
    public static IServiceCollection AddPayments(
        this IServiceCollection services, string environment, Func<IServiceProvider, InvoiceOrigin> origin)
    {
        services.AddOptions<PaymentsOptions>().BindConfiguration(PaymentsOptions.Section)
            .PostConfigure(o => o.Provider ??= environment == "Development" ? PaymentProviderKind.Sandbox : null)
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<PaymentsOptions>>(new PaymentsOptionsValidator(environment));
        services.AddSingleton(origin);
        services.AddSingleton<InvoiceFigures>();
        if (environment != "Production")
        {
            services.AddSingleton<SandboxProvider>();
            services.AddSingleton<IPaymentProvider>(provider => provider.GetRequiredService<SandboxProvider>());
        }
        services.AddBtcPay();
        services.AddRates();
        services.AddBitcoinCore();
        services.AddSingleton<PaymentProviders>();
        services.AddSingleton<InvoiceService>();
        services.AddSingleton<Settlement>();
        services.AddSingleton<RefundService>();
        services.AddSingleton<Balances>();
        services.AddSingleton<BooksCurrency>();
        services.AddSingleton<BooksCheck>();
        services.AddSingleton<Quotes>();
        services.AddSingleton<SandboxTill>();
        services.AddSingleton<ReconciliationJob>();
        services.AddL402(environment);
        return services;
    }
}
