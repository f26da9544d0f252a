namespace Datt.Paid.Payments.L402;

/// <summary>Access for a time, bought over Lightning by nobody in particular.</summary>
/// <param name="PaymentHash">Hash of the payment that bought it, 64 hexadecimal digits: the name of the sale.</param>
/// <param name="InvoiceId">The provider's id of the invoice that was paid.</param>
/// <param name="ValidUntil">When it ends; a holder may have shortened it.</param>
public sealed record Pass(string PaymentHash, string InvoiceId, DateTimeOffset ValidUntil);

/// <summary>What becomes of a pass that somebody shows.</summary>
public enum PassOutcome
{
    Accepted,

    /// <summary>Not <c>token:preimage</c>, or a token that is none of ours in form.</summary>
    Malformed,

    /// <summary>The chain of signatures is broken: made up, changed, or of a server key that is gone.</summary>
    Forged,

    /// <summary>Made by another server.</summary>
    OtherServer,

    /// <summary>The preimage is not the one that paying the token's invoice reveals.</summary>
    Unpaid,

    Expired,

    /// <summary>For something else than search.</summary>
    OtherService,

    /// <summary>It carries a condition that this server cannot check.</summary>
    UnknownCondition,
}
