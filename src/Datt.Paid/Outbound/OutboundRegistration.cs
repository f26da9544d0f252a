using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Datt.Paid.Outbound;

public static class OutboundRegistration
{
    /// <summary>The client for addresses that come from strangers, and the rules for their URLs.</summary>
    public static IServiceCollection AddOutbound(this IServiceCollection services, Func<IServiceProvider, OutboundSettings> settings)
    {
        services.TryAddSingleton(TimeProvider.System);
        services.AddSingleton(settings);
        services.AddSingleton<UrlRules>();
        services.AddSingleton<CheckedConnection>();
        services.AddSingleton<OutboundClient>();
        services.AddHttpClient(OutboundClient.Name, client =>
            {
                client.Timeout = Timeout.InfiniteTimeSpan; // each call has its own
                client.DefaultRequestVersion = System.Net.HttpVersion.Version11;
            })
            .RemoveAllLoggers() // a URL may hold its owner's secret
            .ConfigurePrimaryHttpMessageHandler(provider => new SocketsHttpHandler
            {
                ConnectCallback = provider.GetRequiredService<CheckedConnection>().OpenAsync,
                UseProxy = false,
                UseCookies = false,
                AllowAutoRedirect = false,
                AutomaticDecompression = System.Net.DecompressionMethods.None,
                ActivityHeadersPropagator = null,
                ConnectTimeout = TimeSpan.FromSeconds(15),
                MaxConnectionsPerServer = 16,
                MaxResponseHeadersLength = 16, // kB
                MaxResponseDrainSize = 0,
                PooledConnectionLifetime = TimeSpan.FromMinutes(2),
                PooledConnectionIdleTimeout = TimeSpan.FromSeconds(10),
            });
        return services;
    }
}
