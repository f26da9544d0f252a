using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Server.Pricing;

namespace Datt.Paid.Server.Subscriptions;

/// <summary>What an invoice is asked for: one of the two.</summary>
/// <param name="Months">1 to 24.</param>
/// <param name="Deposit">Fills the balance.</param>
public sealed record NewInvoiceRequest(int? Months, DepositRequest? Deposit);

/// <summary>An amount to pay in, as a decimal string, in the currency of the price.</summary>
public sealed record DepositRequest(string? Amount, string? Currency);

/// <summary>Renewal from the prepaid balance, on or off.</summary>
public sealed record RenewalRequest(bool? AutoRenew);

/// <summary>What the sandbox is paid; what is due where left out.</summary>
public sealed record SandboxPayment(long? AmountSats);

/// <summary>An invoice as its owner sees it; what does not apply is null.</summary>
public sealed record InvoiceAnswer(
    string Id, string Status, string Detail, int? Months, MoneyAnswer Price, MoneyAnswer Amount, long DueSats, long PaidSats, string? Address,
    string? Bip21, string? Lightning, string? CheckoutUrl, DateTimeOffset ExpiresAt, DateTimeOffset CreatedAt, DateTimeOffset? SettledAt, string? Note,
    bool Sandbox)
{
    public static InvoiceAnswer Of(InvoiceView view) => new(
        view.Id, Name(view.Status), Name(view.Detail), view.Months, MoneyAnswer.Price(view.Price), MoneyAnswer.Price(view.Amount), view.DueSats,
        view.PaidSats, view.Address, view.Bip21, view.Lightning, view.CheckoutUrl, view.ExpiresAt, view.CreatedAt, view.SettledAt, view.Note,
        view.Sandbox);

    private static string Name<T>(T value) where T : struct, Enum => JsonNamingPolicy.CamelCase.ConvertName(value.ToString());
}

/// <summary>A page of the account's invoices, newest first.</summary>
public sealed record InvoicesAnswer(IReadOnlyList<InvoiceAnswer> Invoices, string? Next);

/// <summary>A way to pay; <c>reason</c> says why it does not work for this amount.</summary>
public sealed record MethodAnswer(string Method, long MinimumSats, long AmountSats, bool Works, string? Reason);

/// <summary>The fewest months that some way of paying works for, and why.</summary>
public sealed record BundleAnswer(int Months, MoneyAnswer Amount, string Reason);

/// <summary>What months cost now.</summary>
public sealed record QuoteAnswer(
    int Months, MoneyAnswer Price, MoneyAnswer Amount, CoverageAnswer Coverage, IReadOnlyList<MethodAnswer> Methods, BundleAnswer? CheapestBundle,
    DateTimeOffset ValidUntil)
{
    public static QuoteAnswer Of(Quote quote) => new(
        quote.Months, MoneyAnswer.Price(quote.Price), MoneyAnswer.Price(quote.Amount), CoverageAnswer.Of(quote.Coverage),
        [.. quote.Methods.Select(m => new MethodAnswer(
            JsonNamingPolicy.CamelCase.ConvertName(m.Method.ToString()), m.MinimumSats, m.AmountSats, m.Works, m.Reason))],
        quote.CheapestBundle is { } bundle ? new BundleAnswer(bundle.Months, MoneyAnswer.Price(bundle.Amount), bundle.Reason) : null, quote.ValidUntil);
}
