using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Limits;
using Datt.Paid.Signalling;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Signalling;

/// <summary>Signalling between peers, as PeerJS clients speak it.</summary>
public static class SignallingRegistration
{
    public static IServiceCollection AddSignalling(this IServiceCollection services) => services
        .AddChecked<SignallingSettings>(SignallingSettings.Section, settings => settings.Errors())
        .AddSingleton(provider => new SignalHub(
            provider.GetRequiredService<IOptions<SignallingSettings>>().Value.Bounds, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton(provider => new RelayLimits(
            provider.GetRequiredService<IOptions<LimitSettings>>().Value, provider.GetRequiredService<TimeProvider>()))
        .AddSingleton<IOtherServers, OtherServers>()
        .AddSingleton(Relay)
        .AddSingleton<SignallingDoor>()
        .AddSingleton<PeerSessions>()
        .AddSingleton<TrustedProxies>()
        .AddSingleton<SignallingLine>()
        .Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(SignallingLine.Install)
        .AddHostedService<SignallingSweep>();

    private static SignalRelay Relay(IServiceProvider provider)
    {
        var hub = provider.GetRequiredService<SignalHub>();
        hub.MaySeek = provider.GetRequiredService<RelayLimits>().MaySeek;
        return new SignalRelay(hub, provider.GetRequiredService<IOtherServers>(), provider.GetRequiredService<TimeProvider>());
    }
}
