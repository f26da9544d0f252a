using System.Net;

namespace Datt.Paid.Client;

/// <summary>A server refused a call, could not be reached, or answered what the contract does not allow.</summary>
public sealed class DattException : Exception
{
    /// <summary>Code of a server that could not be reached at all, or not in time.</summary>
    public const string Unreachable = "unreachable";

    /// <summary>Code of an answer that is not what the contract says.</summary>
    public const string UnexpectedAnswer = "unexpected_answer";

    internal DattException(string code, string message, HttpStatusCode? status = null, Problem? problem = null, Exception? inner = null)
        : base(message, inner)
    {
        Code = code;
        Status = status;
        Problem = problem;
    }

    /// <summary>
    /// Stable and machine-readable: a <c>code</c> of the contract (<c>unauthorized</c>, <c>payment_required</c>, <c>not_found</c>,
    /// <c>invalid_query</c>, …), <see cref="Unreachable"/> or <see cref="UnexpectedAnswer"/>.
    /// </summary>
    public string Code { get; }

    /// <summary>The HTTP status; null when there was no answer.</summary>
    public HttpStatusCode? Status { get; }

    /// <summary>The whole problem document, when the server sent one.</summary>
    public Problem? Problem { get; }

    /// <summary>What the server offers to be let in by: its <c>WWW-Authenticate</c> headers.</summary>
    internal IReadOnlyList<string> Challenges { get; init; } = [];

    /// <summary>When the server said to come back.</summary>
    public TimeSpan? RetryAfter { get; init; }
}
