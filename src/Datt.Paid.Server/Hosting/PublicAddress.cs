using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>Under which URL others reach this server: as configured, else the first bound address.</summary>
public sealed class PublicAddress(IServer server, IOptions<ServerSettings> settings)
{
    private string? _bound;

    /// <summary>Addresses that the server listens on; empty before it does.</summary>
    public IReadOnlyList<string> Bound =>
        [.. (server.Features.Get<IServerAddressesFeature>()?.Addresses ?? []).Select(address => Reachable(address).TrimEnd('/'))];

    /// <summary>Without a slash at the end.</summary>
    public string Base => settings.Value.PublicUrl is { Length: > 0 } url ? url.TrimEnd('/') : (_bound ??= Bound is [var first, ..] ? first : null) ?? "";

    /// <summary>The URL of a path that begins with a slash.</summary>
    public string Of(string path) => Base + path;

    // 0.0.0.0 and [::] are where the server listens, not where anybody can go.
    private static string Reachable(string address)
    {
        var binding = BindingAddress.Parse(address);
        return binding.Host is "0.0.0.0" or "[::]" or "+" or "*" ? $"{binding.Scheme}://{System.Net.Dns.GetHostName()}:{binding.Port}" : address;
    }
}
