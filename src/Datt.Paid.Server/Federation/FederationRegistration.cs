using System.Security.Cryptography;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Federation;

/// <summary>What this server says of itself to others, and how it finds them.</summary>
public static class FederationRegistration
{
    public static IServiceCollection AddFederation(this IServiceCollection services) => services
        .AddChecked<FederationSettings>(FederationSettings.Section, settings => settings.Errors())
        .AddChecked<CrawlSettings>(CrawlSettings.Section, settings => settings.Errors())
        .AddCrawler(
            provider => new CrawlOrigin(
                provider.GetRequiredService<ServerKey>().Id, () => provider.GetRequiredService<ServerCards>().Own(),
                provider.GetRequiredService<IOptions<ServerSettings>>().Value.Bootstrap,
                provider.GetRequiredService<IOptions<FederationSettings>>().Value.CrawlInterval,
                RandomNumberGenerator.GetInt32(int.MaxValue)),
            provider => provider.GetRequiredService<IOptions<CrawlSettings>>().Value)
        .AddSingleton<Greetings>()
        .AddHostedService(provider => provider.GetRequiredService<Greetings>())
        .AddSingleton<CrawlJob>()
        .AddSingleton<CrawlMetrics>()
        .AddSingleton<ServerCards>()
        .AddSingleton<PeerDoor>();
}
