using Microsoft.Extensions.Http.Resilience;
using Polly;
using Polly.CircuitBreaker;

namespace Datt.Paid.Payments;

/// <summary>
/// After its break a circuit lets one call through and refuses every other until that one is answered. Such a refusal says nothing about the payment side, and
/// nothing was sent: whatever the call is, it may be tried again in a moment.
/// </summary>
internal sealed class HalfOpenCircuit
{
    private readonly CircuitBreakerStateProvider _state = new();

    /// <summary>Watches the circuit of one client.</summary>
    public static HalfOpenCircuit Of(HttpStandardResilienceOptions options)
    {
        var circuit = new HalfOpenCircuit();
        options.CircuitBreaker.StateProvider = circuit._state;
        return circuit;
    }

    /// <summary>The call was refused because another one was trying the way, which may be known to be open by now.</summary>
    public bool Refused(Outcome<HttpResponseMessage> outcome) =>
        outcome.Exception is BrokenCircuitException && _state.CircuitState is (CircuitState.HalfOpen or CircuitState.Closed);
}
