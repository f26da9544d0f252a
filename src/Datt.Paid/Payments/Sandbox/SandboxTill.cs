namespace Datt.Paid.Payments.Sandbox;

public abstract record SandboxPayOutcome
{
    public sealed record Paid(InvoiceView Invoice) : SandboxPayOutcome;

    /// <summary>No such invoice of the account, or the provider is not the sandbox.</summary>
    public sealed record NotFound : SandboxPayOutcome;

    public sealed record Invalid(string Field, string Reason) : SandboxPayOutcome;
}

/// <summary>Pays sandbox invoices on request.</summary>
public sealed class SandboxTill
{
    public Task<SandboxPayOutcome> PayAsync(string accountId, string invoiceId, long? amountSats, DateTimeOffset now, CancellationToken ct) => throw new NotImplementedException();
}
