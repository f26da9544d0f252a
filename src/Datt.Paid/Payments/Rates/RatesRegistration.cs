using Datt.Paid.Pricing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.Rates;

public static class RatesRegistration
{
    private static readonly TimeSpan Total = TimeSpan.FromSeconds(10);

    /// <summary>The rate of bitcoin for providers that have none themselves; needs pricing.</summary>
    public static IServiceCollection AddRates(this IServiceCollection services)
    {
        services.AddOptions<RatesOptions>().BindConfiguration(RatesOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<RatesOptions>, RatesOptionsValidator>();
        services.AddHttpClient(HttpRateSource.ClientName, client =>
            {
                client.MaxResponseContentBufferSize = HttpRateSource.MaximumAnswer;
                client.Timeout = Total;
                client.DefaultRequestHeaders.UserAgent.ParseAdd("Datt.Paid");
                client.DefaultRequestHeaders.Accept.ParseAdd("application/json");
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                UseCookies = false,
                MaxAutomaticRedirections = 3,
                ConnectTimeout = TimeSpan.FromSeconds(5),
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            .RemoveAllLoggers() // a URL may hold a key of the operator's
            .AddStandardResilienceHandler(resilience =>
            {
                resilience.TotalRequestTimeout.Timeout = Total;
                resilience.AttemptTimeout.Timeout = Total / 2;
                resilience.Retry.MaxRetryAttempts = 1;
                resilience.Retry.Delay = TimeSpan.FromMilliseconds(200);
                resilience.Retry.ShouldRetryAfterHeader = false;
            });
        services.AddSingleton(provider =>
        {
            var options = provider.GetRequiredService<IOptions<RatesOptions>>();
            IRateSource? source = options.Value switch
            {
                { Fixed: > 0 and var rate } => new FixedRateSource(rate),
                { Url.Length: > 0 } => new HttpRateSource(provider.GetRequiredService<IHttpClientFactory>(), options),
                _ => null,
            };
            return new BitcoinRates(
                source, options, provider.GetRequiredService<IOptions<PricingOptions>>(), provider.GetRequiredService<ILogger<BitcoinRates>>());
        });
        return services;
    }
}
