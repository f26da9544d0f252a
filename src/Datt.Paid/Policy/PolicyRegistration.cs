using Datt.Paid.Catalog;
using Datt.Paid.Search;
using Datt.Paid.Storage;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Policy;

/// <summary>Registration of the local policy.</summary>
public static class PolicyRegistration
{
    /// <param name="services">Have database, catalog and search.</param>
    /// <param name="self">Id of this server.</param>
    /// <param name="settings">Validated settings.</param>
    public static IServiceCollection AddPolicy(
        this IServiceCollection services, Func<IServiceProvider, string> self, Func<IServiceProvider, PolicySettings> settings) => services
        .AddSingleton(provider => new PolicyBook(provider.GetRequiredService<Database>(), new PolicyOrigin(self(provider))))
        .AddSingleton<VisibleContents>()
        .AddSingleton(provider => new PolicyPass(
            provider.GetRequiredService<ContentCatalog>(), provider.GetRequiredService<PolicyBook>(), provider.GetRequiredService<SearchEngine>(),
            settings(provider), provider.GetRequiredService<TimeProvider>(), provider.GetRequiredService<ILogger<PolicyPass>>()));
}
