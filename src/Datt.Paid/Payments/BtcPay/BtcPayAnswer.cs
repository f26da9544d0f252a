using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>What BTCPay answered: a value, or why there is none.</summary>
public sealed record BtcPayAnswer<T>(T? Value, BtcPayFailure? Failure) where T : class
{
    /// <summary>The time on BTCPay's clock when it answered; null where it told none.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>False: <paramref name="failure"/> says why.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out BtcPayFailure? failure)
    {
        (value, failure) = (Value, Failure);
        return failure is null;
    }

    /// <summary>The value.</summary>
    /// <exception cref="ProviderUnavailableException">There is none; the message says why.</exception>
    public T OrThrow(string what) => TryGet(out var value, out var failure)
        ? value
        : throw new ProviderUnavailableException($"BTCPay: {what}: {failure.Message}", (failure as BtcPayFailure.Unavailable)?.Cause);
}

/// <summary>The ways in which a call to BTCPay ends without a value.</summary>
/// <param name="Message">For the operator's log. Texts of BTCPay in it are for people; nothing is read out of them.</param>
public abstract record BtcPayFailure(string Message)
{
    /// <summary>
    /// 403, and 404 with BTCPay's own body. BTCPay answers 403 also for what does not exist, so the two cannot be told apart.
    /// </summary>
    /// <param name="MissingPermission">The permission that BTCPay asked for, as <c>btcpay.store.canviewinvoices</c>.</param>
    public sealed record NotFoundOrForbidden(string? MissingPermission, string Message) : BtcPayFailure(Message);

    /// <summary>422: what was sent is wrong.</summary>
    public sealed record Invalid(IReadOnlyList<BtcPayFieldError> Errors)
        : BtcPayFailure(string.Join("; ", Errors.Select(e => $"{e.Path}: {e.Message}")));

    /// <summary>400 and other 4xx: a business rule stands against it (no rate, dust, node down, not refundable).</summary>
    public sealed record Refused(string Code, string Message) : BtcPayFailure(Message);

    /// <summary>401: the key is unknown or was revoked.</summary>
    public sealed record Unauthenticated(string Message) : BtcPayFailure(Message);

    /// <summary>No answer, an answer that is not BTCPay's, 429 or 5xx; asking again later may help.</summary>
    /// <param name="Status">HTTP status; null without an answer.</param>
    /// <param name="RetryAfter">What BTCPay or a proxy before it asked for.</param>
    public sealed record Unavailable(string Message, int? Status = null, TimeSpan? RetryAfter = null, Exception? Cause = null)
        : BtcPayFailure(Message);
}

/// <param name="Path">Where in the request; its spelling varies.</param>
public sealed record BtcPayFieldError(string Path, string Message);
