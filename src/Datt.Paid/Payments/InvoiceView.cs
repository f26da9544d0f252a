using Datt.Paid.Pricing;
using Datt.Paid.Storage;

namespace Datt.Paid.Payments;

/// <summary>What an owner sees of an invoice; what does not apply is null.</summary>
public sealed record InvoiceView(
    string Id, InvoiceStatus Status, InvoiceDetail Detail, int? Months, Money Price, Money Amount, long DueSats, long PaidSats, string? Address,
    string? Bip21, string? Lightning, string? CheckoutUrl, string? Note, bool Sandbox, DateTimeOffset ExpiresAt, DateTimeOffset CreatedAt,
    DateTimeOffset? SettledAt)
{
    public static InvoiceView Of(Invoice row) => new(
        row.Id, row.Status, row.Detail, row.Months == 0 ? null : row.Months, new Money(row.PriceUnits, row.Currency),
        new Money(row.AmountUnits, row.Currency), row.DueSats, row.PaidSats, row.Address, row.Bip21, row.Lightning, row.CheckoutUrl, row.Note,
        row.Sandbox, row.ExpiresAt, row.CreatedAt, row.SettledAt);
}

public abstract record InvoiceOutcome
{
    public sealed record Created(InvoiceView Invoice) : InvoiceOutcome;

    /// <param name="Field"><c>months</c> or <c>deposit</c>.</param>
    public sealed record Invalid(string Field, string Reason) : InvoiceOutcome;

    /// <summary>The account has as many open invoices as it may: <c>429</c>.</summary>
    public sealed record TooManyOpen(int Maximum) : InvoiceOutcome;

    /// <summary>No provider, or it cannot be reached: <c>503 payments_unavailable</c>.</summary>
    public sealed record Unavailable(string Reason) : InvoiceOutcome;

    public sealed record UnknownAccount : InvoiceOutcome;
}

/// <summary>What an invoice is asked for: one of the two.</summary>
/// <param name="Months">1 to 24.</param>
/// <param name="Deposit">Fills the balance; in the currency of the price.</param>
public sealed record InvoiceRequest(int? Months, Money? Deposit);

/// <summary>What months cost now, and how they can be paid.</summary>
/// <param name="Methods">Ways that work for the amount; empty when nothing can be paid now.</param>
/// <param name="CheapestBundle">Fewest months for which some way works; null when there is none.</param>
/// <param name="Amount">What an invoice would ask for.</param>
/// <param name="Note">Why the amount is more than price times months; else null.</param>
/// <param name="ValidUntil">Until then an invoice has this price.</param>
public sealed record Quote(
    int Months, Money Price, Money Amount, string? Note, Coverage Coverage, IReadOnlyList<QuotedMethod> Methods, QuotedBundle? CheapestBundle,
    DateTimeOffset ValidUntil);

/// <param name="Works">Whether the amount can be paid this way as it is.</param>
/// <param name="Reason">Why not.</param>
public sealed record QuotedMethod(PaymentMethod Method, long MinimumSats, long AmountSats, bool Works, string? Reason);

public sealed record QuotedBundle(int Months, Money Amount, string Reason);

public abstract record QuoteOutcome
{
    public sealed record Quoted(Quote Quote) : QuoteOutcome;

    public sealed record Invalid(string Field, string Reason) : QuoteOutcome;
}
