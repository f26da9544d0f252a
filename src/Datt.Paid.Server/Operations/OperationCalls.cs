using System.Diagnostics.Metrics;
using Datt.Paid.Search;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Problems;
using OpenTelemetry.Metrics;

namespace Datt.Paid.Server.Operations;

/// <summary>Health and metrics.</summary>
public static class OperationCalls
{
    private static readonly TimeSpan AskAgain = TimeSpan.FromSeconds(1);

    public static IServiceCollection AddOperations(this IServiceCollection services)
    {
        services.AddSingleton<ServerMetrics>();
        services.AddSingleton<Readiness>();
        services.AddOpenTelemetry().WithMetrics(metrics => metrics
            .AddMeter(ServerMetrics.Name, Datt.Paid.Sync.SyncFigures.MeterName, "Microsoft.AspNetCore.Hosting", "Microsoft.AspNetCore.Server.Kestrel", "System.Runtime")
            .AddPrometheusExporter());
        services.ConfigureOpenTelemetryMeterProvider((provider, metrics) =>
        {
            var own = provider.GetRequiredService<IMeterFactory>();
            metrics.AddView(instrument => IsOf(own, instrument) ? null : MetricStreamConfiguration.Drop);
        });
        return services;
    }

    /// <summary>
    /// Meters are found by name in the whole process. Another server in it (as in tests) has meters of the same names, and when it stops, the exporter
    /// would end the figures that have the name of one of its own. The runtime's meter belongs to no factory and is everybody's.
    /// </summary>
    private static bool IsOf(IMeterFactory own, Instrument instrument) => instrument.Meter.Scope is null || ReferenceEquals(instrument.Meter.Scope, own);

    public static void MapOperations(this IEndpointRouteBuilder app)
    {
        app.MapGet("/health/live", () => TypedResults.Text("alive")).IsUnlimited().WithTags("Operations").WithName("isAlive")
            .WithSummary("The process answers.");
        app.MapGet("/health/ready", (Readiness readiness) => readiness.IsReady
                ? TypedResults.Text("ready")
                : (IResult)Problem.Unavailable("Records acknowledged before the start are still being indexed.", AskAgain))
            .IsUnlimited().WithTags("Operations").Produces<string>(200, "text/plain").Produces(503).WithName("isReady")
            .WithSummary("Every record acknowledged before is searchable. Depends neither on payments nor on other servers.");
        app.MapPrometheusScrapingEndpoint("/metrics").IsUnlimited();
    }
}

/// <summary>Whether every record that was acknowledged before this start can be found.</summary>
public sealed class Readiness(Parts parts, SearchEngine engine)
{
    private volatile bool _ready;

    public bool IsReady => _ready || (_ready = engine.IsCaughtUp(parts.PositionAtStart));
}
