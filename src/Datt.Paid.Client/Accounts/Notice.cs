namespace Datt.Paid.Client;

/// <summary>Something the server had to say to an account.</summary>
public sealed record Notice
{
    /// <summary>The same however often it arrives.</summary>
    public string Id { get => field ?? ""; init; }

    /// <summary><c>renewalDue</c>, <c>endsSoon</c>, <c>grace</c>, <c>expired</c>, <c>renewed</c>, <c>provisionalLost</c>; more may come.</summary>
    public string Kind { get => field ?? ""; init; }

    /// <summary>When it was written.</summary>
    public DateTimeOffset? Time { get; init; }

    /// <summary>The end of access that it speaks of, where it does.</summary>
    public DateTimeOffset? EndsAt { get; init; }

    /// <summary>The invoice that it speaks of, where it does.</summary>
    public string? InvoiceId { get; init; }

    /// <summary>One line for people.</summary>
    public string Title { get => field ?? ""; init; }

    /// <summary>A paragraph for people.</summary>
    public string Text { get => field ?? ""; init; }

    /// <summary>How it went out; empty where the account had neither notice URL nor e-mail address.</summary>
    public IReadOnlyList<NoticeDelivery> Deliveries { get => field ?? []; init; }
}

/// <summary>How a notice went out by one channel.</summary>
public sealed record NoticeDelivery
{
    /// <summary><c>web</c> or <c>email</c>.</summary>
    public string Channel { get => field ?? ""; init; }

    /// <summary><c>pending</c>, <c>delivered</c> or <c>failed</c>.</summary>
    public string State { get => field ?? ""; init; }

    /// <summary>Attempts so far.</summary>
    public int Attempts { get; init; }

    /// <summary>When it is tried next, while pending.</summary>
    public DateTimeOffset? NextAttemptAt { get; init; }

    /// <summary>When it was delivered.</summary>
    public DateTimeOffset? DeliveredAt { get; init; }

    /// <summary>Why the last attempt failed.</summary>
    public string? Failure { get; init; }
}

/// <summary>A page of notices, newest first.</summary>
public sealed record NoticeList
{
    /// <summary>The notices.</summary>
    public IReadOnlyList<Notice> Notices { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}
