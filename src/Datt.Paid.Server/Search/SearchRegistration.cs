using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Server.Search;

/// <summary>Calls that find contents.</summary>
public static class SearchRegistration
{
    public static IServiceCollection AddSearch(this IServiceCollection services) => services
        .AddSingleton(provider => new HitWriter(
            provider.GetRequiredService<NodeRegistry>(), provider.GetRequiredService<RemoteNodes>(), provider.GetRequiredService<ServerKey>().Id))
        .AddSingleton<SearchEndpoint>()
        .AddSingleton<LiveSearchEndpoint>()
        .AddSingleton<AtomEndpoint>();
}
