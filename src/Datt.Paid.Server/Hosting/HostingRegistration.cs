using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>What every feature stands on.</summary>
public static class HostingRegistration
{
    public static IServiceCollection AddHosting(this IServiceCollection services)
    {
        services.AddChecked<ServerSettings>(ServerSettings.Section, settings => settings.Errors());
        services.AddSingleton(provider => DataDirectory.Take(provider.GetRequiredService<IOptions<ServerSettings>>().Value.DataDirectory));
        services.AddSingleton<PublicAddress>();
        services.AddSingleton(Console.Out);
        services.AddSingleton<Greeting>();
        services.AddOpenCalls();
        services.Configure<RouteHandlerOptions>(routes => routes.ThrowOnBadRequest = true);
        services.ConfigureHttpJsonOptions(json =>
        {
            json.SerializerOptions.Converters.Add(new Rfc3339Converter());
            json.SerializerOptions.MaxDepth = 16;
            json.SerializerOptions.NumberHandling = System.Text.Json.Serialization.JsonNumberHandling.Strict;
        });
        services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(20));
        return services;
    }
}
