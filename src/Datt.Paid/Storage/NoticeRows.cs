namespace Datt.Paid.Storage;

/// <summary>A way by which a notice leaves the server.</summary>
public enum NoticeChannel : byte
{
    /// <summary>Posted to the account's notice URL.</summary>
    Web,
    Email,
}

/// <summary>A notice on its way by one channel. What is due is read from here, so nothing is lost with a process.</summary>
public sealed class NoticeDelivery
{
    public long Id { get; set; }

    public long NoticeId { get; set; }

    public NoticeChannel Channel { get; set; }

    /// <summary>Attempts begun. Counted before each, together with <see cref="DueAt"/>, so that of two processes one makes it.</summary>
    public int Attempts { get; set; }

    /// <summary>When it is tried next; null once it is delivered or given up.</summary>
    public DateTimeOffset? DueAt { get; set; }

    public DateTimeOffset? DeliveredAt { get; set; }

    /// <summary>Why the last attempt failed, in words for the account's owner.</summary>
    public string? Failure { get; set; }
}
