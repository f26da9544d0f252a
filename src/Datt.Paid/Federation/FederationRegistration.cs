using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Federation;

/// <summary>Registration of what is known of other servers.</summary>
public static class FederationRegistration
{
    public static IServiceCollection AddServerDirectory(this IServiceCollection services) => services.AddSingleton<ServerDirectory>();
}
