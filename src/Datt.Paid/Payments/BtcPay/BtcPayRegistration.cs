using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;

namespace Datt.Paid.Payments.BtcPay;

public static class BtcPayRegistration
{
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Total = TimeSpan.FromSeconds(25);

    /// <summary>Shorter than the shortest interval of reconciliation, so that the first run after an outage finds the way open.</summary>
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(3);

    /// <summary>BTCPay Server as a provider, and its check; needs pricing and payments.</summary>
    public static IServiceCollection AddBtcPay(this IServiceCollection services)
    {
        services.AddOptions<BtcPayOptions>().BindConfiguration(BtcPayOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BtcPayOptions>, BtcPayOptionsValidator>();
        services.TryAddSingleton(TimeProvider.System);
        services.AddBtcPayClient();
        services.AddSingleton<BtcPayTransport>();
        services.AddSingleton<BtcPayClient>();
        services.AddSingleton<BtcPayTerms>();
        services.AddSingleton<BtcPayProvider>();
        services.AddSingleton<IPaymentProvider>(provider => provider.GetRequiredService<BtcPayProvider>());
        services.AddSingleton<BtcPayInspection>();
        services.AddSingleton<IPaymentCheck>(provider => provider.GetRequiredService<BtcPayInspection>());
        services.AddSingleton<WebhookInbox>();
        return services;
    }

    private static void AddBtcPayClient(this IServiceCollection services) => services
        .AddHttpClient(BtcPayTransport.ClientName, client =>
        {
            client.MaxResponseContentBufferSize = BtcPayTransport.MaximumAnswer;
            client.Timeout = Total + Attempt; // covers the body too, which the handlers below do not see
            client.DefaultRequestHeaders.UserAgent.ParseAdd("Datt.Paid");
        })
        .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
        {
            AllowAutoRedirect = false, // a redirect would carry the key elsewhere
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = Connect,
            PooledConnectionLifetime = TimeSpan.FromMinutes(5),
        })
        .RemoveAllLoggers()
        .AddStandardResilienceHandler(Resilience);

    private static void Resilience(HttpStandardResilienceOptions options)
    {
        var circuit = HalfOpenCircuit.Of(options);
        options.TotalRequestTimeout.Timeout = Total;
        options.AttemptTimeout.Timeout = Attempt;
        options.Retry.MaxRetryAttempts = 2;
        options.Retry.BackoffType = DelayBackoffType.Exponential;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.UseJitter = true;
        options.Retry.ShouldRetryAfterHeader = false; // buyers wait for the answer; what takes longer is for later
        // Nothing here is idempotent but reading; what was not sent is no matter.
        var standard = options.Retry.ShouldHandle;
        options.Retry.ShouldHandle = async outcome =>
            circuit.Refused(outcome.Outcome) || (outcome.Context.GetRequestMessage()?.Method == HttpMethod.Get && await standard(outcome));
        options.CircuitBreaker.SamplingDuration = TimeSpan.FromSeconds(30);
        options.CircuitBreaker.MinimumThroughput = 10;
        options.CircuitBreaker.FailureRatio = 0.5;
        options.CircuitBreaker.BreakDuration = Break;
    }
}
