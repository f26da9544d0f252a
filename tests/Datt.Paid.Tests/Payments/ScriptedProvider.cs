using Datt.Paid.Payments;

namespace Datt.Paid.Tests.Payments;

/// <summary>A payment system that a test plays by hand: unconfirmed, vanishing and late payments, marks, an outage.</summary>
internal sealed class ScriptedProvider : IPaymentProvider
{
    private readonly Dictionary<string, ProviderInvoice> _invoices;
    private int _next;

    public ScriptedProvider() => _invoices = [];

    private ScriptedProvider(ScriptedProvider other) => (_invoices, _next, Rate, Creates) = (new(other._invoices), other._next, other.Rate, other.Creates);

    public PaymentProviderKind Kind => PaymentProviderKind.BtcPay;
    public string Store => "store-1";
    public decimal Rate { get; set; } = 100_000m;
    public bool Down { get; set; }

    /// <summary>The next create call makes the invoice, but its answer is lost.</summary>
    public bool LoseNextAnswer { get; set; }

    /// <summary>The next create call does not arrive.</summary>
    public bool LoseNextRequest { get; set; }

    public int Creates { get; private set; }
    public int Reads { get; private set; }
    public IReadOnlyList<ProviderMethod> Methods { get; set; } =
        [new ProviderMethod(PaymentMethod.Lightning, 1), new ProviderMethod(PaymentMethod.OnChain, 294)];

    /// <summary>Runs while an invoice is being read, after its state was taken: what happens meanwhile.</summary>
    public Func<Task>? DuringRead { get; set; }

    /// <summary>The same payment system in a world of its own.</summary>
    public ScriptedProvider Copy() => new(this);

    /// <summary>Satoshi of each settled payment.</summary>
    public IEnumerable<long> Settled => _invoices.Values.SelectMany(i => i.Payments).Where(p => p.Settled).Select(p => p.Sats);

    public void Change(string id, Func<ProviderInvoice, ProviderInvoice> change) => _invoices[id] = change(_invoices[id]);

    public void Pay(string id, long sats, DateTimeOffset at, bool settled = true, string? paymentId = null) => Change(id, i => i with
    {
        Payments = [.. i.Payments, new ProviderPayment(paymentId ?? "tx" + ++_next, PaymentMethod.OnChain, sats, at, settled)],
    });

    public void Confirm(string id) => Change(id, i => i with { Payments = [.. i.Payments.Select(p => p with { Settled = true })] });

    public Task<ProviderTerms> TermsAsync(string currency, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        return Task.FromResult(new ProviderTerms(Methods, Rate));
    }

    public Task<ProviderInvoice> CreateAsync(ProviderInvoiceRequest request, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        if (LoseNextRequest)
        {
            LoseNextRequest = false;
            throw new ProviderUnavailableException("the request was lost");
        }
        Creates++;
        var id = "prov" + ++_next;
        _invoices[id] = new ProviderInvoice
        {
            Id = id,
            OrderId = request.OrderId,
            Status = ProviderStatus.New,
            Amount = request.Amount,
            Rate = Rate,
            TotalSats = (long)Math.Ceiling(request.Amount.Units / Rate),
            CreatedAt = now,
            ExpiresAt = request.ExpiresAt,
            Address = request.Methods.Contains(PaymentMethod.OnChain) ? "addr-" + id : null,
            Lightning = request.Methods.Contains(PaymentMethod.Lightning) ? "ln-" + id : null,
            Metadata = request.Metadata,
        };
        if (!LoseNextAnswer)
            return Task.FromResult(_invoices[id]);
        LoseNextAnswer = false;
        throw new ProviderUnavailableException("the answer was lost");
    }

    public Task<ProviderInvoice?> FindAsync(string orderId, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        return Task.FromResult(_invoices.Values.FirstOrDefault(i => i.OrderId == orderId));
    }

    public async Task<ProviderInvoice?> ReadAsync(string providerId, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        Reads++;
        var read = _invoices.GetValueOrDefault(providerId);
        if (DuringRead is { } meanwhile)
        {
            DuringRead = null;
            await meanwhile();
        }
        return read;
    }

    public Task<ProviderPage> ListAsync(DateTimeOffset since, string? cursor, int take, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        var skip = cursor is null ? 0 : int.Parse(cursor, System.Globalization.CultureInfo.InvariantCulture);
        var all = _invoices.Values.Where(i => i.CreatedAt >= since).ToList();
        var page = all.Skip(skip).Take(take).ToList();
        return Task.FromResult(new ProviderPage(page, skip + page.Count < all.Count ? $"{skip + page.Count}" : null));
    }

    public bool ReportsUndonePayments { get; set; }

    /// <summary>Refunds that were made, by the id of the operation that asked for them.</summary>
    public List<ProviderRefundRequest> Refunds { get; } = [];

    public string? RefusesRefunds { get; set; }

    /// <summary>The next refund is made, but its answer is lost.</summary>
    public bool LoseNextRefund { get; set; }

    public ProviderRefundState RefundState { get; set; } = ProviderRefundState.Open;

    public Task<ProviderRefundOutcome> RefundAsync(ProviderRefundRequest request, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        if (RefusesRefunds is { } reason)
            return Task.FromResult<ProviderRefundOutcome>(new ProviderRefundOutcome.Refused(reason));
        Refunds.Add(request);
        if (!LoseNextRefund)
            return Task.FromResult<ProviderRefundOutcome>(new ProviderRefundOutcome.Made("pull" + Refunds.Count, "https://pay.example/pull"));
        LoseNextRefund = false;
        throw new ProviderUnavailableException("the answer was lost");
    }

    public Task<ProviderRefundState> RefundStateAsync(string refundId, DateTimeOffset now, CancellationToken ct)
    {
        Check();
        return Task.FromResult(RefundState);
    }

    private void Check()
    {
        if (Down)
            throw new ProviderUnavailableException("down");
    }
}
