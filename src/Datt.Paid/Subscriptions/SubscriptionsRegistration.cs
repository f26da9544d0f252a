using Datt.Paid.Payments;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Subscriptions;

public static class SubscriptionsRegistration
{
    /// <summary>
    /// Entitlements and renewal; needs payments. The host calls <see cref="EntitlementTable.LoadAsync"/> before the first request, then
    /// <see cref="EntitlementTable.CatchUpAsync"/> every few seconds and <see cref="EntitlementTable.FlushAsync"/> every minute and at the end.
    /// </summary>
    public static IServiceCollection AddSubscriptions(this IServiceCollection services)
    {
        services.AddOptions<SearchAccessOptions>().BindConfiguration(SearchAccessOptions.Section)
            .Validate<IOptions<PaymentsOptions>>(
                (access, payments) => access.Access == SearchAccess.Free || payments.Value.Provider is not null,
                "Datt:Search:Access is Paid but nobody can pay: set Datt:Payments:Provider, or Datt:Search:Access=Free.")
            .ValidateOnStart();
        services.AddSingleton<IValidateOptions<SearchAccessOptions>, SearchAccessOptionsValidator>();
        services.AddSingleton<EntitlementTable>();
        services.AddSingleton<RenewalJob>();
        return services;
    }
}
