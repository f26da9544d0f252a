using Datt.Paid.Pages.Portal;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Idempotency;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Pricing;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Portal;

/// <summary>Puts the pages for people into the server, and tells them what only the server knows.</summary>
public static class PortalHosting
{
    public static IServiceCollection AddPortal(this IServiceCollection services) => services.AddPortal(
        provider => new PortalHost
        {
            Name = () => provider.GetRequiredService<IOptions<ServerSettings>>().Value.Name is { Length: > 0 } name ? name : Environment.MachineName,
            Address = () => provider.GetRequiredService<PublicAddress>().Base,
            Coverage = () => provider.GetRequiredService<CoverageMeter>().Now,
            ServerId = provider.GetRequiredService<ServerKey>().Id,
            RefuseNewAccount = address => provider.GetRequiredService<RequestLimits>().TryNewAccount(ClientAddress.Of(address), out var wait) ? null : wait,
        },
        provider => provider.GetRequiredService<DataDirectory>().PageKeys);

    /// <summary>A form that is sent twice is refused by its token or changes nothing more, so no page takes part in Idempotency-Key.</summary>
    public static void MapPages(this WebApplication app)
    {
        foreach (var pages in app.MapPortal())
            pages.WithMetadata(new RepeatableByItself());
    }
}
