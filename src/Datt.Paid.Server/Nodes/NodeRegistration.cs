using Datt.Paid.Federation;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Hosting;

namespace Datt.Paid.Server.Nodes;

/// <summary>The nodes of this server, and those of others.</summary>
public static class NodeRegistration
{
    public static IServiceCollection AddNodes(this IServiceCollection services)
    {
        services.AddChecked<PresenceSettings>(PresenceSettings.Section, settings => settings.Errors());
        services.AddSingleton<NodeRegistry>().AddSingleton<NodeLists>().AddSingleton<PresenceEndpoint>().AddSingleton<PresenceSockets>();
        services.AddHostedService(provider => provider.GetRequiredService<PresenceSockets>());
        services.AddSingleton<RemoteNodes>().AddSingleton<RemoteNodeReader>();
        services.AddSingleton(provider => new RemoteNodeFollower(
            provider.GetRequiredService<RemoteNodeReader>(), provider.GetRequiredService<RemoteNodes>(), provider.GetRequiredService<ServerDirectory>().Followed,
            provider.GetRequiredService<TimeProvider>()));
        services.AddHostedService<RemoteNodeWatch>();
        return services;
    }

    // A server whose card is not accepted has no word either.
    private static IEnumerable<FollowedServer> Followed(this ServerDirectory directory) =>
        directory.All.Where(server => server.State == ServerState.Alive).Select(server => new FollowedServer(server.Id, server.Url));
}
