using Datt.Paid.Policy;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Policy;

/// <summary>What the operator hides here.</summary>
public static class PolicyRegistration
{
    public static IServiceCollection AddPolicy(this IServiceCollection services) => services
        .AddChecked<PolicySettings>(PolicySettings.Section, settings => settings.Errors())
        .AddPolicy(
            provider => provider.GetRequiredService<ServerKey>().Id, provider => provider.GetRequiredService<IOptions<PolicySettings>>().Value)
        .AddHostedService<PolicyWatch>();
}
