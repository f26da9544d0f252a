using System.Data.Common;
using Datt.Paid.Payments;
using Microsoft.EntityFrameworkCore.Diagnostics;

namespace Datt.Paid.Tests.Payments;

/// <summary>
/// A process that dies at a chosen step: before or after a commit, before or after a call of the payment side. From then on nothing it does arrives
/// anywhere. What it writes before a commit nobody sees, so that is no step.
/// </summary>
internal sealed class Mortality(int dieAt) : DbTransactionInterceptor
{
    /// <summary>Steps that were passed, the last one included at which it died.</summary>
    public List<string> Steps { get; } = [];

    public bool IsDead { get; private set; }

    /// <param name="name">What is about to happen, or just did.</param>
    public void Pass(string name)
    {
        lock (Steps)
        {
            if (!IsDead)
                Steps.Add(name);
            IsDead |= Steps.Count == dieAt;
            if (IsDead)
                throw new CrashException();
        }
    }

    public override ValueTask<InterceptionResult> TransactionCommittingAsync(
        DbTransaction transaction, TransactionEventData eventData, InterceptionResult result, CancellationToken cancellationToken = default)
    {
        Pass("committing");
        return ValueTask.FromResult(result);
    }

    public override Task TransactionCommittedAsync(DbTransaction transaction, TransactionEndEventData eventData, CancellationToken cancellationToken = default)
    {
        Pass("committed");
        return Task.CompletedTask;
    }
}

/// <summary>The payment side as a mortal process calls it.</summary>
internal sealed class MortalProvider(ScriptedProvider inner, Mortality mortality) : IPaymentProvider
{
    public PaymentProviderKind Kind => inner.Kind;

    public string Store => inner.Store;

    public bool ReportsUndonePayments => inner.ReportsUndonePayments;

    public Task<ProviderTerms> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct) => CallAsync("terms", () => inner.TermsAsync(currency, now, ct));

    public Task<ProviderInvoice> CreateAsync(ProviderInvoiceRequest request, DateTimeOffset now, CancellationToken ct) =>
        CallAsync("create", () => inner.CreateAsync(request, now, ct));

    public Task<ProviderInvoice?> FindAsync(string orderId, DateTimeOffset now, CancellationToken ct) => CallAsync("find", () => inner.FindAsync(orderId, now, ct));

    public Task<ProviderInvoice?> ReadAsync(string providerId, DateTimeOffset now, CancellationToken ct) =>
        CallAsync("read", () => inner.ReadAsync(providerId, now, ct));

    public Task<ProviderPage> ListAsync(DateTimeOffset since, string? cursor, int take, DateTimeOffset now, CancellationToken ct) =>
        CallAsync("list", () => inner.ListAsync(since, cursor, take, now, ct));

    public Task<ProviderRefundOutcome> RefundAsync(ProviderRefundRequest request, DateTimeOffset now, CancellationToken ct) =>
        CallAsync("refund", () => inner.RefundAsync(request, now, ct));

    public Task<ProviderRefundState> RefundStateAsync(string refundId, DateTimeOffset now, CancellationToken ct) =>
        CallAsync("refund state", () => inner.RefundStateAsync(refundId, now, ct));

    private async Task<T> CallAsync<T>(string name, Func<Task<T>> call)
    {
        mortality.Pass(name);
        var answer = await call();
        mortality.Pass(name + " answered");
        return answer;
    }
}
