using Datt.Paid.Accounts;
using Datt.Paid.Administration;
using Datt.Paid.Notices;
using Datt.Paid.Outbound;
using Datt.Paid.Pages.Portal;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Accounts;
using Datt.Paid.Server.Content;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Idempotency;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.NodeSdk;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Operations;
using Datt.Paid.Server.Operators;
using Datt.Paid.Server.Payments;
using Datt.Paid.Server.Policy;
using Datt.Paid.Server.Portal;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Server.Problems;
using Datt.Paid.Server.Search;
using Datt.Paid.Server.Signalling;
using Datt.Paid.Server.Subscriptions;
using Datt.Paid.Server.Sync;
using Datt.Paid.Server.Torrents;
using Microsoft.AspNetCore.Identity;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server;

/// <summary>The composition root: every feature, in order of dependence.</summary>
public static class DattServer
{
    /// <summary>Builds a server that <see cref="StartAsync"/> starts.</summary>
    /// <param name="args">Command line, configuration keys such as <c>--Datt:DataDirectory=data</c>.</param>
    /// <param name="customize">Last word on configuration and services, for tests.</param>
    /// <exception cref="StartRefused">Configuration or data directory cannot be used; the message says how to go on.</exception>
    public static WebApplication Build(string[] args, Action<WebApplicationBuilder>? customize = null)
    {
        var builder = WebApplication.CreateBuilder(args);
        builder.WebHost.UseKestrel(Kestrel.Limit);
        builder.AddLogs();
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddHosting();
        services.AddParts(builder.Environment.EnvironmentName);
        services.AddOutbound(provider => provider.GetRequiredService<IOptions<FederationSettings>>().Value.Outbound);
        services.AddAccounts().AddSignInManager();
        services.AddNotices(provider => new NoticeOrigin(() => provider.GetRequiredService<PublicAddress>().Base));
        services.AddAdministration();
        services.AddOperators();
        services.AddLimits();
        services.AddAccess();
        services.AddIdempotency();
        services.AddNodes();
        services.AddPolicy();
        services.AddSearch();
        services.AddFederation();
        services.AddSync();
        services.AddExchange();
        services.AddTorrents();
        services.AddSignalling();
        services.AddPaymentCalls();
        services.AddOperations();
        services.AddPortal();
        services.AddJobs();
        services.AddOpenApiDocument();
        customize?.Invoke(builder);

        var app = builder.Build();
        try
        {
            Configuration.Check(app.Services);
            app.Services.GetRequiredService<DataDirectory>();
            foreach (var key in Configuration.UnknownKeys(app.Configuration))
                app.Logger.LogWarning("Nothing reads the setting {Key}. Is it spelt as in appsettings.example.json?", key);
            return app;
        }
        catch
        {
            ((IDisposable)app).Dispose();
            throw;
        }
    }

    /// <summary>Opens the data and begins to listen.</summary>
    /// <param name="abandonFormerProviders">Gives up invoices of payment providers whose settings are gone.</param>
    public static async Task StartAsync(WebApplication app, CancellationToken ct, bool abandonFormerProviders = false)
    {
        await app.Services.GetRequiredService<Parts>().OpenAsync(abandonFormerProviders, ct);
        await app.Services.GetRequiredService<OperatorSetup>().BeginAsync(ct);
        Mount(app);
        await app.StartAsync(ct);
        app.Services.GetRequiredService<Greeting>().Write();
    }

    private static void Mount(WebApplication app)
    {
        app.UseMiddleware<ProblemMapper>();
        app.UseTrustedProxies();
        app.UseSecurityHeaders();
        app.UseRouting();
        app.UseOpenCalls();
        app.UseMiddleware<GateMiddleware>();
        app.UsePages();
        app.UseMiddleware<IdempotencyMiddleware>();

        app.MapFederation();
        app.MapFeeds();
        app.MapFeedAdmin();
        app.MapRuns();
        app.MapTorrents();
        app.MapPricing();
        app.MapAccounts();
        app.MapKeys();
        app.MapNotices();
        app.MapSubscription();
        app.MapPayments();
        app.MapPasses();
        app.MapNodes();
        app.MapContent();
        app.MapSearch();
        app.MapSignalling();
        app.MapNodeSdk();
        app.MapOperations();
        app.MapSetup();
        app.MapRefunds();
        app.MapPeers();
        app.MapPolicy();
        app.MapOpenApiDocument();
        app.MapPages();
    }
}
