namespace Datt.Paid.Client;

/// <summary>How a <see cref="DattClient"/> talks to its server.</summary>
public sealed record DattClientOptions
{
    /// <summary>Sent as <c>Authorization: Bearer</c>; null for the calls that need no key.</summary>
    public string? ApiKey { get; init; }

    /// <summary>A pass bought by L402, as <c>token:preimage</c>: sent for search in the place of a key; null without one.</summary>
    public string? Pass { get; init; }

    /// <summary>How often a <c>503</c>, or a <c>429</c> that says when to come back, is tried again. 0 never.</summary>
    public int MaxRetries { get; init; } = 3;

    /// <summary>A server that wants a longer pause than this is not waited for: the refusal is thrown at once.</summary>
    public TimeSpan MaxRetryDelay { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Bytes of one answer that are read at most; longer ones are an error. The live stream has no such limit in all, only per event.</summary>
    public long MaxResponseBytes { get; init; } = 64 * 1024 * 1024;

    /// <summary>Whose clock the pauses follow.</summary>
    public TimeProvider Time { get; init; } = TimeProvider.System;
}
