using Datt.Paid.Server.Hosting;
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
        .AddSingleton<SignallingDoor>()
        .AddSingleton<PeerSessions>()
        .AddSingleton<TrustedProxies>()
        .AddSingleton<SignallingLine>()
        .Configure<Microsoft.AspNetCore.Server.Kestrel.Core.KestrelServerOptions>(SignallingLine.Install)
        .AddHostedService<SignallingSweep>();
}
