using Datt.Paid.Server.Hosting;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Limits;

/// <summary>How often somebody may ask.</summary>
public static class LimitRegistration
{
    public static IServiceCollection AddLimits(this IServiceCollection services) => services
        .AddChecked<LimitSettings>(LimitSettings.Section, settings => settings.Errors())
        .AddSingleton(provider => new RequestLimits(
            provider.GetRequiredService<IOptions<LimitSettings>>().Value, provider.GetRequiredService<TimeProvider>()));
}
