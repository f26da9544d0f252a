using Datt.Paid.Nodes;

namespace Datt.Paid.Server.Nodes;

/// <summary>The nodes of this server.</summary>
public static class NodeRegistration
{
    public static IServiceCollection AddNodes(this IServiceCollection services) => services.AddSingleton<NodeRegistry>();
}
