using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Sync.Following;
using Datt.Paid.Torrents;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Torrents;

/// <summary>The feeds for BitTorrent clients: torrents, web seed, tracker.</summary>
public static class TorrentRegistration
{
    public static IServiceCollection AddTorrents(this IServiceCollection services) => services
        .AddChecked<TorrentSettings>(TorrentSettings.Section, settings => settings.Errors(), (settings, server) => settings.Directory = Path.Combine(server.DataDirectory, "torrents"))
        .AddSingleton<IValidateOptions<TorrentSettings>, OnlyFreeRuns>()
        .AddSingleton(provider => provider.GetRequiredService<IOptions<TorrentSettings>>().Value)
        .AddSingleton(provider => KeptRuns.Open(provider.GetRequiredService<TorrentSettings>(), provider.GetRequiredService<OriginRules>()))
        .AddSingleton<TorrentMaker>()
        .AddSingleton<TorrentShelf>()
        .AddSingleton<PeerTable>()
        .AddSingleton<WebSeeds>();

    /// <summary>BitTorrent clients neither pay nor give anything back to a server.</summary>
    private sealed class OnlyFreeRuns(IOptions<FederationSettings> federation) : IValidateOptions<TorrentSettings>
    {
        public ValidateOptionsResult Validate(string? name, TorrentSettings options) =>
            options.Enabled && federation.Value.Access != FederationAccess.Free
                ? ValidateOptionsResult.Fail(
                    $"{TorrentSettings.Section}:Enabled gives runs to everybody, and {FederationSettings.Section}:Access is {federation.Value.Access}; set that to Free, or torrents to false.")
                : ValidateOptionsResult.Success;
    }
}
