namespace Datt.Paid.Outbound;

/// <summary>A call to a stranger's address and its limits.</summary>
/// <param name="Method">Only GET follows redirects.</param>
/// <param name="Url">As the stranger gave it.</param>
public sealed record OutboundRequest(HttpMethod Method, string Url)
{
    /// <summary>Sent in each step; a header of a body is none of these.</summary>
    public IReadOnlyList<(string Name, string Value)> Headers { get; init; } = [];

    public ReadOnlyMemory<byte>? Body { get; init; }

    public string ContentType { get; init; } = "application/json";

    /// <summary>From the first name resolved to the last byte read, redirects included.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes of the answer, both as they come and unpacked; 0 reads none of it.</summary>
    public int MaxResponseBytes { get; init; } = 64 * 1024;

    /// <summary>Redirects that a GET may take, each judged anew; never from https to http.</summary>
    public int MaxRedirects { get; init; }
}

/// <summary>How a call to a stranger's address ended.</summary>
public abstract record OutboundOutcome
{
    /// <summary>The other side answered, with whatever status.</summary>
    /// <param name="Url">Which one answered, after redirects.</param>
    public sealed record Answered(int Status, Uri Url, string? ContentType, byte[] Body) : OutboundOutcome;

    /// <summary>It was not called, because it must not be.</summary>
    /// <param name="Reason">Which rule stands against it; follows "The URL ".</param>
    public sealed record Refused(string Reason) : OutboundOutcome;

    public sealed record Failed(OutboundFailure Failure) : OutboundOutcome;
}

public enum OutboundFailure
{
    /// <summary>The host's name has no address.</summary>
    Unresolved,

    /// <summary>No connection, or none that is secure.</summary>
    Unreachable,

    /// <summary>Not done within the time.</summary>
    TimedOut,

    /// <summary>The answer is larger than asked for.</summary>
    TooLarge,
    TooManyRedirects,

    /// <summary>The connection broke, or what came is no HTTP, or packed in a way that was not offered.</summary>
    Broken,
}
