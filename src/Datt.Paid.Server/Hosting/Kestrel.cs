using System.Net;
using Microsoft.AspNetCore.HttpOverrides;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>What one connection and one request may cost before any feature sees them.</summary>
public static class Kestrel
{
    /// <summary>Largest request body where a call does not say otherwise, in bytes. A record of the largest size fits with every character escaped.</summary>
    public const int SmallBody = 256 * 1_024;

    /// <summary>Largest body of a bulk announce, in bytes.</summary>
    public const int BulkBody = 64 * 1_024 * 1_024;

    private const int MaxConnections = 20_000;

    public static void Limit(KestrelServerOptions kestrel)
    {
        kestrel.AddServerHeader = false;
        kestrel.AllowSynchronousIO = false;
        var limits = kestrel.Limits;
        limits.MaxRequestBodySize = SmallBody;
        limits.MaxRequestLineSize = 16 * 1_024;
        limits.MaxRequestHeadersTotalSize = 32 * 1_024;
        limits.MaxRequestHeaderCount = 64;
        limits.MaxConcurrentConnections = MaxConnections;
        limits.MaxConcurrentUpgradedConnections = MaxConnections;
        limits.KeepAliveTimeout = TimeSpan.FromMinutes(2);
        limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
        limits.MinRequestBodyDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.MinResponseDataRate = new MinDataRate(bytesPerSecond: 240, gracePeriod: TimeSpan.FromSeconds(10));
        limits.Http2.MaxStreamsPerConnection = 100;
    }

    /// <summary>Believes <c>X-Forwarded-*</c> from the proxies that the operator trusts, and from nobody else.</summary>
    public static void UseTrustedProxies(this WebApplication app)
    {
        var settings = app.Services.GetRequiredService<IOptions<ServerSettings>>().Value;
        if (settings.TrustedProxies.Count == 0)
            return;
        var options = new ForwardedHeadersOptions { ForwardedHeaders = ForwardedHeaders.All, ForwardLimit = settings.TrustedProxies.Count };
        options.KnownProxies.Clear();
        options.KnownIPNetworks.Clear();
        foreach (var proxy in settings.TrustedProxies)
        {
            if (IPAddress.TryParse(proxy, out var address))
                options.KnownProxies.Add(address);
            else
                options.KnownIPNetworks.Add(System.Net.IPNetwork.Parse(proxy));
        }
        app.UseForwardedHeaders(options);
    }
}
