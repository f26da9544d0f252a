using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Payments.Sandbox;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.L402;

public static class L402Registration
{
    /// <summary>Passes for buyers without an account; needs payments. The host brings a <see cref="PassSecret"/> and a clock.</summary>
    /// <param name="environment">Name of the hosting environment.</param>
    public static IServiceCollection AddL402(this IServiceCollection services, string environment)
    {
        services.AddOptions<L402Options>().BindConfiguration(L402Options.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<L402Options>, L402OptionsValidator>();
        services.AddSingleton<ILightningMint, BtcPayMint>();
        if (environment != "Production")
        {
            services.AddSingleton<SandboxMint>();
            services.AddSingleton<ILightningMint>(provider => provider.GetRequiredService<SandboxMint>());
            services.AddSingleton<SandboxPassTill>();
        }
        services.AddSingleton<PassPrice>();
        services.AddSingleton<PassSales>();
        services.AddSingleton<ChallengeDesk>();
        services.AddSingleton(provider => new PassSeal(provider.GetRequiredService<PassSecret>(), provider.GetRequiredService<InvoiceOrigin>().ServerId));
        return services;
    }
}
