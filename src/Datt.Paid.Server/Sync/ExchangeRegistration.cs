using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Limits;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Exchange.Buying;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Sync;

/// <summary>Who gets bytes of runs here, and what is bought where they are sold.</summary>
public static class ExchangeRegistration
{
    public static IServiceCollection AddExchange(this IServiceCollection services) => services
        .AddChecked<ExchangeSettings>(ExchangeSettings.Section, settings => settings.Errors())
        .AddSingleton(Admission)
        .AddSingleton<RunGate>()
        .AddSingleton<PeerTrafficStore>()
        .AddSingleton<PeerMetrics>()
        .AddChecked<BuyingSettings>(BuyingSettings.Section, settings => settings.Errors())
        .AddSingleton(provider => provider.GetRequiredService<IOptions<BuyingSettings>>().Value)
        .AddSingleton<PurchaseBook>()
        .AddSingleton<PeerKeys>()
        .AddSingleton<IPeerShop, OutboundPeerShop>()
        .AddSingleton<ILightningPurse, BtcPayPurse>()
        .AddSingleton(provider => ActivatorUtilities.CreateInstance<PeerPurchaseJob>(
            provider, (Action<string>)provider.GetRequiredService<SourceBook>().Paid))
        .AddHostedService<ExchangeHost>();

    private static RunAdmission Admission(IServiceProvider provider)
    {
        var settings = provider.GetRequiredService<IOptions<ExchangeSettings>>().Value;
        if (provider.GetRequiredService<IOptions<LimitSettings>>().Value.RequestsPerSecond == 0)
            settings.BytesPerSecond = 0;
        return new RunAdmission(
            provider.GetRequiredService<IOptions<FederationSettings>>().Value.Access switch
            {
                FederationAccess.Free => RunPolicy.Free,
                FederationAccess.Reciprocal => RunPolicy.Reciprocal,
                _ => RunPolicy.Paid,
            },
            settings);
    }
}
