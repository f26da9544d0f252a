using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Browser.Running;

/// <summary>Two real servers that know each other.</summary>
public sealed class TwoServers : IAsyncDisposable
{
    private TwoServers(ServerOnDisk a, ServerOnDisk b)
    {
        A = a;
        B = b;
    }

    public ServerOnDisk A { get; }

    public ServerOnDisk B { get; }

    public static async Task<TwoServers> StartAsync()
    {
        var a = await ServerOnDisk.StartAsync(Settings(null));
        var servers = new TwoServers(a, await ServerOnDisk.StartAsync(Settings(a.Address)));
        await servers.KnowEachOtherAsync(a, servers.B);
        await servers.KnowEachOtherAsync(servers.B, a);
        return servers;
    }

    public async ValueTask DisposeAsync()
    {
        await A.DisposeAsync();
        await B.DisposeAsync();
    }

    private static Dictionary<string, string?> Settings(Uri? bootstrap) => new()
    {
        ["Datt:Federation:AllowPrivateAddresses"] = "true",
        ["Datt:Federation:CrawlInterval"] = "00:00:02",
        ["Datt:Bootstrap:0"] = bootstrap?.ToString(),
    };

    private async Task KnowEachOtherAsync(ServerOnDisk one, ServerOnDisk other) => await Eventually.HoldsAsync(
        async () => JsonDocument.Parse(await one.Anyone.GetStringAsync("/federation/v1/servers")).RootElement.GetProperty("servers").GetArrayLength() > 0,
        $"{one.Address} knows {other.Address}");
}
