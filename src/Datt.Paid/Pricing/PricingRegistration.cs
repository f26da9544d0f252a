using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Pricing;

public static class PricingRegistration
{
    /// <summary>Prices; needs storage. The host calls <see cref="PriceBook.OpenAsync"/> at start and <see cref="PriceBook.RepriceAsync"/> daily.</summary>
    public static IServiceCollection AddPricing(this IServiceCollection services)
    {
        services.AddOptions<PricingOptions>().BindConfiguration(PricingOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<PricingOptions>, PricingOptionsValidator>();
        services.AddSingleton<PriceBook>();
        return services;
    }
}
