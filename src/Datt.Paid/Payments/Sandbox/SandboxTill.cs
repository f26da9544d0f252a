using Datt.Paid.Pricing;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Payments.Sandbox;

public abstract record SandboxPayOutcome
{
    public sealed record Paid(InvoiceView Invoice) : SandboxPayOutcome;

    /// <summary>No such invoice of the account, or the provider is not the sandbox.</summary>
    public sealed record NotFound : SandboxPayOutcome;

    public sealed record Invalid(string Field, string Reason) : SandboxPayOutcome;
}

/// <summary>Pays sandbox invoices on request. The payment then enters the books by the same door as a real one.</summary>
public sealed class SandboxTill(PaymentProviders providers, Settlement settlement, InvoiceService invoices, Database database)
{
    /// <summary>All bitcoin there will ever be, in satoshi.</summary>
    private const long AllBitcoin = 21_000_000L * Money.Scale;

    /// <param name="amountSats">Null pays what is due.</param>
    public async Task<SandboxPayOutcome> PayAsync(
        string accountId, string invoiceId, long? amountSats, DateTimeOffset now, CancellationToken ct)
    {
        if (providers.Current is not SandboxProvider sandbox)
            return new SandboxPayOutcome.NotFound();
        if (amountSats is < 1 or > AllBitcoin)
            return new SandboxPayOutcome.Invalid("amountSats", $"Pay 1 to {AllBitcoin} satoshi.");
        if (await ProviderIdAsync(accountId, invoiceId, ct) is not { } providerId)
            return new SandboxPayOutcome.NotFound();
        await sandbox.PayAsync(providerId, amountSats, now, ct);
        await settlement.ApplyAsync(sandbox, providerId, "paid in the sandbox", now, ct);
        return await invoices.FindAsync(accountId, invoiceId, ct) is { } view ? new SandboxPayOutcome.Paid(view) : new SandboxPayOutcome.NotFound();
    }

    private Task<string?> ProviderIdAsync(string accountId, string invoiceId, CancellationToken ct) => database.ReadAsync(
        db => db.Invoices.Where(i => i.Id == invoiceId && i.AccountId == accountId && i.Sandbox)
            .Select(i => i.ProviderId).SingleOrDefaultAsync(ct), ct);
}
