using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Payments.L402;

/// <summary>An invoice that waits for payment, and the token that its payment makes valid.</summary>
/// <param name="PayableUntil">End of the invoice's lifetime.</param>
public sealed record Challenge(string Token, string Invoice, string PaymentHash, long Sats, DateTimeOffset PayableUntil);

/// <summary>
/// Hands out challenges: each caller has one at a time and gets it again until it is paid or nearly expired. How many there are, how many
/// are made in a minute and how long anybody waits for one is bounded; while the payment side fails it is left alone for a while.
/// </summary>
/// <remarks>Nothing is asked of the database for a challenge that exists; a new one is shown only once its sale is noted there.</remarks>
public sealed class ChallengeDesk(
    PassSales sales, PassPrice price, PassSeal seal, IOptions<L402Options> options, TimeProvider time, ILogger<ChallengeDesk> log)
{
    /// <summary>Who waits longer gets the refusal without a challenge, and finds the challenge at the next try.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    private static readonly TimeSpan Longest = TimeSpan.FromSeconds(20);
    private static readonly TimeSpan PauseAfterFailure = TimeSpan.FromSeconds(15);
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan SweepInterval = TimeSpan.FromSeconds(1);

    private readonly L402Options _options = options.Value;
    private readonly Lock _lock = new();
    private readonly Dictionary<UInt128, Slot> _slots = [];
    private readonly Dictionary<string, UInt128> _callers = [];
    private DateTimeOffset _pausedUntil;
    private DateTimeOffset _minute;
    private DateTimeOffset _sweepAfter;
    private int _madeInMinute;

    /// <summary>Challenges that wait for payment, or to be swept away.</summary>
    public int Open
    {
        get
        {
            lock (_lock)
                return _slots.Count;
        }
    }

    /// <summary>The caller's challenge; null where none can be had now.</summary>
    /// <param name="caller">A number for the address.</param>
    public async ValueTask<Challenge?> ForAsync(UInt128 caller, DateTimeOffset now, CancellationToken ct)
    {
        if (SlotOf(caller, now) is not { } slot)
            return null;
        if (slot.Making.IsCompletedSuccessfully)
            return await slot.Making;
        var left = Patience - time.GetElapsedTime(slot.Begun);
        if (left <= TimeSpan.Zero)
            return null;
        try
        {
            return await slot.Making.WaitAsync(left, time, ct);
        }
        catch (TimeoutException)
        {
            return null;
        }
    }

    /// <summary>The invoice was paid: its caller gets another one next time.</summary>
    public void Paid(string paymentHash)
    {
        lock (_lock)
        {
            if (_callers.TryGetValue(paymentHash, out var caller))
                Remove(caller);
        }
    }

    private Slot? SlotOf(UInt128 caller, DateTimeOffset now)
    {
        lock (_lock)
        {
            if (_slots.TryGetValue(caller, out var slot))
            {
                if (!IsOver(slot, now))
                    return slot;
                Remove(caller);
            }
            if (!sales.IsOpen || now < _pausedUntil || !HasRoom(now) || !TryCount(now))
                return null;
            slot = new Slot(time.GetTimestamp());
            _slots.Add(caller, slot);
            // Not on the caller's call: it goes on when the caller has gone.
            slot.Making = Task.Run(() => MakeAsync(caller, slot, now));
            return slot;
        }
    }

    /// <summary>Near its end an invoice is no use to somebody who has yet to read it.</summary>
    private bool IsOver(Slot slot, DateTimeOffset now) =>
        slot.Making.IsCompleted && (slot.Challenge is not { } made || now >= made.PayableUntil - _options.InvoiceLifetime / 10);

    private bool HasRoom(DateTimeOffset now)
    {
        if (_slots.Count < _options.MaximumOpen)
            return true;
        if (now >= _sweepAfter)
        {
            _sweepAfter = now + SweepInterval;
            foreach (var caller in _slots.Where(s => IsOver(s.Value, now)).Select(s => s.Key).ToList())
                Remove(caller);
        }
        return _slots.Count < _options.MaximumOpen;
    }

    private bool TryCount(DateTimeOffset now)
    {
        if (now - _minute >= Minute || now < _minute)
            (_minute, _madeInMinute) = (now, 0);
        return _madeInMinute < _options.InvoicesPerMinute && ++_madeInMinute > 0;
    }

    private void Remove(UInt128 caller)
    {
        if (_slots.Remove(caller, out var slot) && slot.Challenge is { } made)
            _callers.Remove(made.PaymentHash);
    }

    private async Task<Challenge?> MakeAsync(UInt128 caller, Slot slot, DateTimeOffset now)
    {
        using var limit = new CancellationTokenSource(Longest, time);
        try
        {
            var offer = await price.OfferAsync(now, limit.Token);
            var payableUntil = now + _options.InvoiceLifetime;
            var validUntil = payableUntil + _options.PassDuration;
            var invoice = await sales.OfferAsync(offer, payableUntil, validUntil, now, limit.Token);
            var made = new Challenge(
                seal.Issue(invoice.PaymentHash, invoice.Id, validUntil), invoice.Bolt11, invoice.PaymentHash, offer.Sats, payableUntil);
            lock (_lock)
            {
                slot.Challenge = made;
                _callers[made.PaymentHash] = caller;
            }
            return made;
        }
        catch (Exception fault)
        {
            if (fault is ProviderUnavailableException or OperationCanceledException)
                log.LogWarning(fault, "No Lightning invoice for a pass can be had; refusals go without one for {Pause}", PauseAfterFailure);
            else
                log.LogError(fault, "An invoice for a pass could not be made; refusals go without one for {Pause}", PauseAfterFailure);
            lock (_lock)
            {
                _pausedUntil = now + PauseAfterFailure;
                _slots.Remove(caller);
            }
            return null;
        }
    }

    private sealed class Slot(long begun)
    {
        public long Begun { get; } = begun;

        public Task<Challenge?> Making { get; set; } = Task.FromResult<Challenge?>(null);

        public Challenge? Challenge { get; set; }
    }
}
