using Datt.Paid.Federation;
using Datt.Paid.Server.Hosting;

namespace Datt.Paid.Server.Federation;

/// <summary>What this server says of itself to others.</summary>
public static class FederationRegistration
{
    public static IServiceCollection AddFederation(this IServiceCollection services) => services
        .AddChecked<FederationSettings>(FederationSettings.Section, settings => settings.Errors())
        .AddServerDirectory()
        .AddSingleton<ServerCards>()
        .AddSingleton<PeerDoor>();
}
