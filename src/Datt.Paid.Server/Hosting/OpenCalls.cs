using Microsoft.AspNetCore.Cors.Infrastructure;

namespace Datt.Paid.Server.Hosting;

/// <summary>Pages of any origin may call the programs' part of the contract, without cookies; no other page gets headers for it.</summary>
public static class OpenCalls
{
    private static readonly PathString[] Open = ["/api/v1", "/federation/v1", "/rendezvous", "/rendezvouz", "/peerjs", "/node-sdk"];

    private static readonly CorsPolicy AnyOrigin = new CorsPolicyBuilder()
        .AllowAnyOrigin().AllowAnyHeader().AllowAnyMethod()
        .WithExposedHeaders("ETag", "Location", "Retry-After", "WWW-Authenticate")
        .SetPreflightMaxAge(TimeSpan.FromHours(1))
        .Build();

    public static IServiceCollection AddOpenCalls(this IServiceCollection services) =>
        services.AddCors(cors => cors.AddDefaultPolicy(AnyOrigin));

    public static void UseOpenCalls(this WebApplication app) =>
        app.UseWhen(context => context.Request.Headers.Origin.Count > 0 && IsOpen(context.Request.Path), open => open.UseCors());

    private static bool IsOpen(PathString path)
    {
        foreach (var prefix in Open)
        {
            if (path.StartsWithSegments(prefix))
                return true;
        }
        return false;
    }
}
