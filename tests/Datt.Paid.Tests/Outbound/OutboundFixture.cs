using System.Net;
using Datt.Paid.Outbound;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Tests.Outbound;

/// <summary>The client as the server composes it, with names that a test makes up.</summary>
internal sealed class OutboundFixture : IDisposable
{
    private readonly ServiceProvider _services;

    public OutboundFixture(bool allowPrivate = true, Func<string, string[]>? names = null, TimeProvider? time = null)
    {
        var settings = new OutboundSettings { AllowPrivateAddresses = allowPrivate };
        if (names is not null)
        {
            settings = settings with
            {
                Resolve = (host, _) =>
                {
                    Resolved.Add(host);
                    return Task.FromResult(names(host).Select(IPAddress.Parse).ToArray());
                },
            };
        }
        var services = new ServiceCollection();
        if (time is not null)
            services.AddSingleton(time);
        _services = services.AddOutbound(_ => settings).BuildServiceProvider();
    }

    /// <summary>Names that were asked for, in order.</summary>
    public List<string> Resolved { get; } = [];

    public OutboundClient Client => _services.GetRequiredService<OutboundClient>();

    public Task<OutboundOutcome> GetAsync(string url, int limit = 64 * 1024, int redirects = 0) => Client.SendAsync(
        new OutboundRequest(HttpMethod.Get, url) { MaxResponseBytes = limit, MaxRedirects = redirects, Timeout = TimeSpan.FromSeconds(60) },
        TestContext.Current.CancellationToken);

    public void Dispose() => _services.Dispose();
}
