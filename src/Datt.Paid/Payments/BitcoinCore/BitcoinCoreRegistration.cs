using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Http.Resilience;
using Microsoft.Extensions.Options;
using Polly;
using Polly.Timeout;

namespace Datt.Paid.Payments.BitcoinCore;

public static class BitcoinCoreRegistration
{
    private static readonly TimeSpan Connect = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Attempt = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Total = TimeSpan.FromSeconds(25);

    /// <summary>Below the node's own <c>rpcservertimeout</c> of 30 s: it closes what was idle so long, and a call must not meet that.</summary>
    private static readonly TimeSpan Idle = TimeSpan.FromSeconds(15);

    /// <summary>Shorter than the shortest interval of reconciliation, so that the first run after an outage finds the way open.</summary>
    private static readonly TimeSpan Break = TimeSpan.FromSeconds(3);

    /// <summary>A bitcoin node as a provider, and its check; needs rates and payments.</summary>
    public static IServiceCollection AddBitcoinCore(this IServiceCollection services)
    {
        services.AddOptions<BitcoinCoreOptions>().BindConfiguration(BitcoinCoreOptions.Section).ValidateOnStart();
        services.AddSingleton<IValidateOptions<BitcoinCoreOptions>, BitcoinCoreOptionsValidator>();
        services
            .AddHttpClient(BitcoinRpc.ClientName, client =>
            {
                client.MaxResponseContentBufferSize = BitcoinRpc.MaximumAnswer;
                client.Timeout = Total + Attempt; // covers the body too, which the handlers below do not see
            })
            .ConfigurePrimaryHttpMessageHandler(() => new SocketsHttpHandler
            {
                AllowAutoRedirect = false, // a redirect would carry the password elsewhere
                UseCookies = false,
                AutomaticDecompression = DecompressionMethods.None,
                ConnectTimeout = Connect,
                PooledConnectionIdleTimeout = Idle,
                PooledConnectionLifetime = TimeSpan.FromMinutes(5),
            })
            .RemoveAllLoggers()
            .AddStandardResilienceHandler(Resilience);
        services.AddSingleton<BitcoinRpc>();
        services.AddSingleton<BitcoinNode>();
        services.AddSingleton<ChainFollower>();
        services.AddSingleton<BitcoinCoreProvider>();
        services.AddSingleton<IPaymentProvider>(provider => provider.GetRequiredService<BitcoinCoreProvider>());
        services.AddSingleton<BitcoinCoreInspection>();
        services.AddSingleton<IPaymentCheck>(provider => provider.GetRequiredService<BitcoinCoreInspection>());
        return services;
    }

    private static void Resilience(HttpStandardResilienceOptions options)
    {
        var circuit = HalfOpenCircuit.Of(options);
        options.TotalRequestTimeout.Timeout = Total;
        options.AttemptTimeout.Timeout = Attempt;
        options.Retry.MaxRetryAttempts = 2;
        options.Retry.BackoffType = DelayBackoffType.Exponential;
        options.Retry.Delay = TimeSpan.FromMilliseconds(200);
        options.Retry.UseJitter = true;
        options.Retry.ShouldHandle = outcome => ValueTask.FromResult(
            circuit.Refused(outcome.Outcome)
            || (IsPassing(outcome.Outcome) && outcome.Context.GetRequestMessage() is { } request
            && request.Options.TryGetValue(BitcoinRpc.MayRepeat, out var mayRepeat) && mayRepeat));
        options.CircuitBreaker.ShouldHandle = outcome => ValueTask.FromResult(IsPassing(outcome.Outcome));
        options.CircuitBreaker.SamplingDuration = TimeSpan.FromSeconds(30);
        options.CircuitBreaker.MinimumThroughput = 10;
        options.CircuitBreaker.FailureRatio = 0.5;
        options.CircuitBreaker.BreakDuration = Break;
    }

    /// <summary>No answer, or a queue that is full (503). Not 500: so a node says that it refuses a call.</summary>
    private static bool IsPassing(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is HttpRequestException or TimeoutRejectedException
        || outcome.Result?.StatusCode is HttpStatusCode.TooManyRequests or HttpStatusCode.BadGateway or HttpStatusCode.ServiceUnavailable
            or HttpStatusCode.GatewayTimeout;
}
