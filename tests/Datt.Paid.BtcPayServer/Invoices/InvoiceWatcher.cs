using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.BtcPayServer.Lightning;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Invoices;

/// <summary>
/// Follows chain, Lightning node and clock, and keeps the invoices up to date. All of it happens under one lock, which also guards the stores; events
/// are handed on under it, so they leave in the order in which things happened.
/// </summary>
internal sealed class InvoiceWatcher : IDisposable
{
    /// <summary>After a restart BTCPay applies a missed expiry only so long after the time.</summary>
    private static readonly TimeSpan ExpiryAfterRestart = TimeSpan.FromMinutes(2);

    private readonly IBitcoinChain _chain;
    private readonly TimeProvider _clock;
    private readonly Action<Invoice, InvoiceEvent> _send;
    private readonly ITimer _timer;
    private readonly Dictionary<string, Invoice> _byAddress = [];
    private readonly Dictionary<string, LightningInvoice> _byBolt11 = [];
    private readonly Dictionary<string, List<Payment>> _byCoin = [];
    private readonly HashSet<Payment> _unsettled = [];
    private readonly PriorityQueue<Invoice, DateTimeOffset> _due = new();
    private bool _running = true;

    public InvoiceWatcher(IBitcoinChain chain, TimeProvider clock, Action<Invoice, InvoiceEvent> send)
    {
        _chain = chain;
        _clock = clock;
        _send = send;
        _timer = clock.CreateTimer(_ => RunDue(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        chain.Seen += OnSeen;
        chain.BlocksChanged += OnBlocksChanged;
    }

    /// <summary>Guards all stores and invoices.</summary>
    public Lock Gate { get; } = new();

    private DateTimeOffset Now => _clock.GetUtcNow();

    public void Dispose()
    {
        _chain.Seen -= OnSeen;
        _chain.BlocksChanged -= OnBlocksChanged;
        _timer.Dispose();
    }

    /// <summary>Stops following anything, as a stopped process does.</summary>
    public void Stop()
    {
        lock (Gate)
        {
            _running = false;
            _due.Clear();
        }
    }

    /// <summary>Starts again: finds the payments made meanwhile, applies missed expiries late.</summary>
    public void Start()
    {
        lock (Gate)
        {
            _running = true;
            foreach (var transaction in _chain.PaymentsTo(_byAddress.Keys.ToHashSet()))
                Receive(transaction);
            CheckUnsettled();
            foreach (var invoice in _byAddress.Values.Concat(_byBolt11.Values.Select(b => b.Invoice).OfType<Invoice>()).Distinct())
                Schedule(invoice, invoice.Expires <= Now ? invoice.Expires + ExpiryAfterRestart : invoice.Expires);
            SetTimer();
        }
    }

    /// <summary>Takes up a new invoice. The caller holds <see cref="Gate"/>.</summary>
    public void Add(Invoice invoice)
    {
        invoice.Store.Invoices.Add(invoice.Id, invoice);
        foreach (var method in invoice.Methods)
        {
            if (method.IsChain)
                _byAddress.Add(method.Address, invoice);
            else
                Offer(method.Bolt11!);
        }
        _send(invoice, InvoiceEvent.Of("InvoiceCreated"));
        Schedule(invoice, invoice.Expires);
        SetTimer();
        Update(invoice);
    }

    /// <summary>Takes up a BOLT11, so that it can be paid. The caller holds <see cref="Gate"/>.</summary>
    public void Offer(LightningInvoice invoice) => _byBolt11.Add(invoice.Bolt11, invoice);

    /// <summary>The Lightning invoice of a BOLT11. The caller holds <see cref="Gate"/>.</summary>
    public LightningInvoice? Find(string bolt11) => _byBolt11.GetValueOrDefault(bolt11);

    public LightningOutcome PayLightning(string bolt11, long millisats)
    {
        lock (Gate)
        {
            if (!_byBolt11.TryGetValue(bolt11, out var lightning))
                return LightningOutcome.UnknownPaymentDetails;
            var outcome = lightning.Pay(millisats, Now);
            if (outcome != LightningOutcome.Paid || lightning.Invoice is not { } invoice)
                return outcome;
            var payment = new Payment
            {
                Id = lightning.PaymentHash,
                Invoice = invoice,
                Method = invoice.Methods.Single(method => !method.IsChain),
                Destination = lightning.Bolt11,
                Sats = lightning.ReceivedMillisats / 1000,
                ReceivedAt = Now,
                Settled = true,
            };
            Record(payment, settledNow: true, shownSettled: true);
            Update(invoice);
            return outcome;
        }
    }

    /// <summary>Sets a status by hand. False when BTCPay refuses it.</summary>
    public bool Mark(Invoice invoice, InvoiceStatus status)
    {
        lock (Gate)
        {
            if (!invoice.MayBeMarked(status))
                return false;
            _send(invoice, InvoiceRules.Mark(invoice, status));
            return true;
        }
    }

    private static int Needed(SpeedPolicy policy, bool signalsReplacement) => policy switch
    {
        SpeedPolicy.HighSpeed => signalsReplacement ? 1 : 0,
        SpeedPolicy.MediumSpeed => 1,
        SpeedPolicy.LowMediumSpeed => 2,
        _ => 6,
    };

    private void OnSeen(ChainTransaction transaction)
    {
        lock (Gate)
        {
            if (_running)
                Receive(transaction);
        }
    }

    private void OnBlocksChanged()
    {
        lock (Gate)
        {
            if (_running)
                CheckUnsettled();
        }
    }

    private void RunDue()
    {
        lock (Gate)
        {
            while (_running && _due.TryPeek(out var invoice, out var at) && at <= Now)
            {
                _due.Dequeue();
                Update(invoice);
                if (at < invoice.MonitoredUntil)
                    Schedule(invoice, invoice.MonitoredUntil);
            }
            SetTimer();
        }
    }

    private void Schedule(Invoice invoice, DateTimeOffset at) => _due.Enqueue(invoice, at);

    private void SetTimer()
    {
        if (_due.TryPeek(out _, out var at))
        {
            var wait = at - Now;
            _timer.Change(wait > TimeSpan.Zero ? wait : TimeSpan.Zero, Timeout.InfiniteTimeSpan);
        }
    }

    private void Receive(ChainTransaction transaction)
    {
        var replaced = transaction.Spends.SelectMany(coin => _byCoin.GetValueOrDefault(coin) ?? [])
            .Where(payment => payment.TransactionId != transaction.Id && !payment.Settled && payment.Accounted).Distinct().ToList();
        var touched = new HashSet<Invoice>();
        foreach (var output in transaction.Outputs)
        {
            var id = $"{transaction.Id}-{output.Index}";
            if (!_byAddress.TryGetValue(output.Address, out var invoice) || invoice.Payments.Any(payment => payment.Id == id))
                continue;
            var payment = Receive(transaction, output, invoice, id);
            // A fee bump takes the place of the payment it replaces, its surcharge included.
            if (replaced.Find(old => old.Invoice == invoice) is { } bumped)
                payment.FeeSats = bumped.FeeSats;
            touched.Add(invoice);
        }
        foreach (var payment in replaced)
        {
            payment.Accounted = false;
            touched.Add(payment.Invoice);
        }
        foreach (var invoice in touched)
            Update(invoice);
    }

    private Payment Receive(ChainTransaction transaction, ChainOutput output, Invoice invoice, string id)
    {
        var method = invoice.Methods.Single(m => m.IsChain);
        var state = _chain.Find(transaction.Id);
        var needed = Needed(invoice.SpeedPolicy, transaction.SignalsReplacement);
        var payment = new Payment
        {
            Id = id,
            Invoice = invoice,
            Method = method,
            Destination = output.Address,
            Sats = output.Sats,
            ReceivedAt = Now,
            TransactionId = transaction.Id,
            Needed = needed,
            FeeSats = method.NextFeeSats,
            Settled = state.Confirmations >= needed,
            Accounted = !state.DoubleSpent,
        };
        if (method.FeeMode == NetworkFeeMode.MultiplePaymentsOnly)
            method.NextFeeSats = method.FeeOfOnePayment;
        foreach (var coin in transaction.Spends)
        {
            if (!_byCoin.TryGetValue(coin, out var payments))
                _byCoin.Add(coin, payments = []);
            payments.Add(payment);
        }
        // One found in a block was stored as unconfirmed first, and its event still says so.
        Record(payment, payment.Settled, shownSettled: payment.Settled && state.Confirmations == 0);
        if (!payment.Settled)
            _unsettled.Add(payment);
        return payment;
    }

    private void Record(Payment payment, bool settledNow, bool shownSettled)
    {
        payment.Invoice.Payments.Add(payment);
        if (settledNow)
            _send(payment.Invoice, InvoiceEvent.OfPayment("InvoicePaymentSettled", payment, settled: true));
        _send(payment.Invoice, InvoiceEvent.OfPayment("InvoiceReceivedPayment", payment, shownSettled));
    }

    /// <summary>Looks at payments that wait for confirmations; settled ones are never looked at again.</summary>
    private void CheckUnsettled()
    {
        var touched = new HashSet<Invoice>();
        foreach (var payment in _unsettled.OrderBy(payment => payment.ReceivedAt).ToList())
        {
            var state = _chain.Find(payment.TransactionId!);
            var accounted = !state.DoubleSpent && (payment.Accounted || state.Confirmations > 0);
            var settled = accounted && state.Confirmations >= payment.Needed && state.Confirmations > 0;
            if (accounted == payment.Accounted && !settled)
                continue;
            payment.Accounted = accounted;
            payment.Settled = settled;
            touched.Add(payment.Invoice);
            if (settled)
            {
                _unsettled.Remove(payment);
                _send(payment.Invoice, InvoiceEvent.OfPayment("InvoicePaymentSettled", payment, settled: true));
            }
        }
        foreach (var invoice in touched)
            Update(invoice);
    }

    private void Update(Invoice invoice)
    {
        foreach (var change in InvoiceRules.Update(invoice, Now))
            _send(invoice, change);
        Reissue(invoice);
    }

    /// <summary>A payment by another method cancels the BOLT11; while something is due, a new one asks for the rest.</summary>
    private void Reissue(Invoice invoice)
    {
        if (invoice.Methods.Find(m => !m.IsChain) is not { Bolt11: { } old } method || old.PaidAt is not null || invoice.Payments.Count == 0)
            return;
        var due = Math.Max(0, invoice.DueSats(method)) * 1000;
        if (due == old.Millisats && !old.Cancelled)
            return;
        old.Cancelled = true;
        if (invoice.Status != InvoiceStatus.New || due == 0)
            return;
        method.Bolt11 = new LightningInvoice(due, invoice.Expires) { Invoice = invoice };
        Offer(method.Bolt11);
    }
}
