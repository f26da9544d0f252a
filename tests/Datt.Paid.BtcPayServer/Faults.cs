namespace Datt.Paid.BtcPayServer;

/// <summary>What is done to one attempt to deliver a webhook. Times run on the server's clock.</summary>
public sealed record WebhookFault
{
    /// <summary>It is never sent, and nothing says so: as if the server had restarted at that moment.</summary>
    public bool Drop { get; init; }

    /// <summary>How often the same bytes are sent.</summary>
    public int Copies { get; init; } = 1;

    /// <summary>It waits so long, and everything behind it in the queue does too.</summary>
    public TimeSpan Delay { get; init; }

    /// <summary>It is sent so much later, overtaken by what comes after it.</summary>
    public TimeSpan Late { get; init; }

    /// <summary>It is signed with another secret.</summary>
    public bool WrongSignature { get; init; }
}

/// <summary>What is done to a call of the API.</summary>
public enum ApiFault
{
    None,

    /// <summary>500 without doing anything.</summary>
    ServerError,

    /// <summary>It does what was asked and closes the connection instead of answering.</summary>
    LoseAnswer,

    /// <summary>It does nothing and never answers; the caller has to give up.</summary>
    TimeOut,
}

/// <param name="Type">Such as <c>InvoiceSettled</c>.</param>
/// <param name="Attempt">0 for the first.</param>
public sealed record WebhookAttempt(string WebhookId, string Type, string? InvoiceId, int Attempt);

/// <summary>Switches for what goes wrong. Ask them from several threads at once.</summary>
public sealed class Faults
{
    /// <summary>Asked before each attempt to deliver; null for nothing wrong.</summary>
    public Func<WebhookAttempt, WebhookFault?>? Webhook { get; set; }

    /// <summary>Asked before each call of the API with method and path.</summary>
    public Func<string, string, ApiFault>? Api { get; set; }
}
