using Datt.Paid.Outbound;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Federation;

/// <summary>Registration of what is known of other servers and how they are found.</summary>
public static class FederationRegistration
{
    /// <param name="services">Have the database and the client for strangers' addresses.</param>
    /// <param name="self">Who this server is.</param>
    /// <param name="settings">Bounds of finding others.</param>
    public static IServiceCollection AddCrawler(
        this IServiceCollection services, Func<IServiceProvider, CrawlOrigin> self, Func<IServiceProvider, CrawlSettings> settings) => services
        .AddSingleton<ServerDirectory>()
        .AddSingleton<IServerSource>(provider => new OutboundServerSource(
            provider.GetRequiredService<OutboundClient>(), settings(provider), provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new Crawler(
            provider.GetRequiredService<IServerSource>(), provider.GetRequiredService<UrlRules>(), self(provider), settings(provider),
            provider.GetRequiredService<ServerDirectory>(), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<Crawler>>()))
        .AddSingleton<CrawlStore>();
}
