using Datt.Paid.Federation;
using Datt.Paid.Outbound;
using Datt.Paid.Policy;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Exchange.Buying;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Gossip;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Sync;

/// <summary>Following other servers' feeds, and serving feeds to them.</summary>
public static class SyncRegistration
{
    public static IServiceCollection AddSync(this IServiceCollection services) => services
        .AddChecked<SyncSettings>(SyncSettings.Section, s => s.Errors(), (s, server) => s.Directory = Path.Combine(server.DataDirectory, "feeds"))
        .AddSingleton(provider => provider.GetRequiredService<IOptions<SyncSettings>>().Value)
        .AddSingleton(provider => FeedStore.Open(provider.GetRequiredService<SyncSettings>().Directory))
        .AddSingleton<HeadVector>()
        .AddSingleton<OriginKeys>()
        .AddSingleton(provider =>
        {
            var (admission, time) = (provider.GetRequiredService<RunAdmission>(), provider.GetRequiredService<TimeProvider>());
            return new SourceBook(time, provider.GetRequiredService<SyncFigures>(), (server, bytes) => admission.Received(server, bytes, time.GetUtcNow()));
        })
        .AddSingleton<SyncFigures>()
        .AddSingleton<IFeedSource>(provider => provider.GetRequiredService<OutboundFeedSource>())
        .AddSingleton<ILeafSource>(provider => provider.GetRequiredService<OutboundFeedSource>())
        .AddSingleton<Census>()
        .AddSingleton(provider => new OutboundFeedSource(
            provider.GetRequiredService<ServerDirectory>(), provider.GetRequiredService<OutboundClient>(), provider.GetRequiredService<ServerKey>(),
            provider.GetRequiredService<PeerKeys>().For,
            provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<RunFetcher>()
        .AddSingleton<ManifestFetcher>()
        .AddSingleton<RunTidying>()
        .AddSingleton(provider =>
        {
            var policy = provider.GetRequiredService<PolicyBook>();
            return new OriginRules(origin => policy.Current.IsDropped(origin), () => policy.Current.Mark);
        })
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<OwnFeedRecovery>(provider, provider.GetRequiredService<IOptions<Datt.Paid.Catalog.CatalogSettings>>().Value))
        .AddSingleton<FeedWork>()
        .AddSingleton<FeedShelf>()
        .AddSingleton<FeedStandings>()
        .AddSingleton<FeedMetrics>()
        .AddSingleton<Swarm>()
        .AddSingleton<FeedUpkeep>()
        .AddSingleton<HeadStreams>()
        .AddSingleton<HeadBroadcast>()
        .AddSingleton<RunRepair>()
        .AddHostedService<SyncHost>();
}
