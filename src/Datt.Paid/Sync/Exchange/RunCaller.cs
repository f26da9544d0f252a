namespace Datt.Paid.Sync.Exchange;

/// <summary>Who asks for bytes of runs.</summary>
/// <param name="Address">A number for where the request comes from: an IPv4 address, or the /64 network of an IPv6 one.</param>
/// <param name="ServerId">The known server that signed the request; null where none did.</param>
/// <param name="Payer">The account whose key came with the request, where it has a running subscription; else null.</param>
public readonly record struct RunCaller(UInt128 Address, string? ServerId = null, string? Payer = null);

/// <summary>Who gets bytes of runs.</summary>
public enum RunPolicy
{
    /// <summary>Everybody, at a bounded rate.</summary>
    Free,

    /// <summary>Tit for tat: see <see cref="RunCredit"/>. Payers are served too.</summary>
    Reciprocal,

    /// <summary>Payers alone.</summary>
    Paid,
}

/// <summary>The answer to "may these bytes be sent".</summary>
public abstract record RunDecision
{
    /// <summary>Yes. What is not sent after all goes back by <see cref="RunAdmission.Served"/>.</summary>
    public sealed record Admitted(RunGrant Grant) : RunDecision;

    /// <summary>Only for a subscription.</summary>
    public sealed record PaymentRequired : RunDecision;

    /// <summary>Not now.</summary>
    /// <param name="RetryAfter">When it is worth asking again; above zero.</param>
    public sealed record TooMuch(TimeSpan RetryAfter) : RunDecision;
}

/// <summary>Bytes that may be sent, and what they were taken from.</summary>
/// <param name="Caller">Whom they go to.</param>
/// <param name="Bytes">How many at most.</param>
/// <param name="Day">UTC day (days since 1970) of whose pool <paramref name="FromPool"/> is.</param>
/// <param name="FromPool">How many were taken from the shared pool.</param>
/// <param name="FromSlot">How many were taken from the optimistic slot.</param>
public sealed record RunGrant(RunCaller Caller, long Bytes, int Day = 0, long FromPool = 0, long FromSlot = 0);
