namespace Datt.Paid.Sync.Exchange;

/// <summary>
/// Who gets bytes of runs, and what was given to and taken from whom. Everything is in bounded memory; <see cref="PeerTrafficStore"/> keeps the totals
/// for the next start. Safe for several threads.
/// </summary>
public sealed class RunAdmission
{
    private readonly Lock _lock = new();
    private readonly RunPolicy _policy;
    private readonly PeerBooks _books = new();
    private readonly RunCredit _credit;
    private readonly ByteRates _rates;
    private readonly ProofAllowance _proofs;

    public RunAdmission(RunPolicy policy, ExchangeSettings settings)
    {
        _policy = policy;
        _credit = new RunCredit(settings, _books);
        _rates = new ByteRates(settings.BytesPerSecond);
        _proofs = new ProofAllowance(settings.FreeProofsPerDay);
    }

    /// <summary>
    /// Whether the bytes may be sent. They count as sent from now on; <see cref="Served"/> takes back what was not. Ask for ranges: under
    /// <see cref="RunPolicy.Reciprocal"/> more than what is left of pool and slot is refused as a whole.
    /// </summary>
    /// <param name="caller">Who asks.</param>
    /// <param name="bytes">How many, 0 or more.</param>
    /// <param name="now">The time.</param>
    public RunDecision Decide(RunCaller caller, long bytes, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_lock)
        {
            if (_policy == RunPolicy.Paid && caller.Payer is null)
                return new RunDecision.PaymentRequired();
            if (_policy == RunPolicy.Reciprocal && caller.Payer is null)
                return Exchange(caller, bytes, now);
            if (!_rates.TryTake(NameOf(caller), bytes, now, out var retryAfter))
                return new RunDecision.TooMuch(retryAfter);
            // What is free or bought is covered, so that it is no debt should the policy change.
            if (caller.ServerId is { } id)
                _books.Of(id, now).Give(bytes, covered: bytes, now);
            return new RunDecision.Admitted(new RunGrant(caller, bytes));
        }
    }

    /// <summary>What was really sent of a grant; called once for each. A grant of which nothing is said counts in full.</summary>
    public void Served(RunGrant grant, long sent)
    {
        var unsent = grant.Bytes - Math.Clamp(sent, 0, grant.Bytes);
        if (unsent == 0)
            return;
        lock (_lock)
        {
            if (grant.Day != 0)
                _credit.PutBack(grant, unsent);
            else if (grant.Caller.ServerId is { } id)
                _books.TryGet(id)?.PutBack(unsent, unsent);
        }
    }

    /// <summary>Bytes of runs came from a server and were found to be what they should be.</summary>
    public void Received(string serverId, long bytes, DateTimeOffset now)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(bytes);
        lock (_lock)
            _books.Of(serverId, now).Take(bytes, now);
    }

    /// <summary>Whether one more leaf of an origin with its path is free for an address; beyond that it is for <see cref="Decide"/>.</summary>
    public bool AdmitProof(string origin, UInt128 address, DateTimeOffset now)
    {
        lock (_lock)
            return _proofs.TryTake(origin, address, now);
    }

    /// <summary>The totals of every server that gave or took, most bytes first.</summary>
    public IReadOnlyList<PeerTotals> Peers()
    {
        lock (_lock)
            return [.. _books.All.Select(peer => peer.Totals()).OrderByDescending(peer => peer.Given + peer.Taken).ThenBy(peer => peer.ServerId, StringComparer.Ordinal)];
    }

    /// <summary>What is left today of the pool for those who have given nothing.</summary>
    public long PoolLeft(DateTimeOffset now)
    {
        lock (_lock)
            return _credit.PoolLeft(now);
    }

    /// <summary>What earlier runs counted; called before the first request.</summary>
    internal void Load(IEnumerable<PeerTotals> totals)
    {
        lock (_lock)
        {
            foreach (var peer in totals)
                _books.Of(peer.ServerId, peer.At).Load(peer);
        }
    }

    /// <summary>Totals that changed since the last call.</summary>
    internal IReadOnlyList<PeerTotals> TakeChanged()
    {
        lock (_lock)
        {
            var changed = new List<PeerTotals>();
            foreach (var peer in _books.All.Where(each => each.IsChanged))
            {
                peer.IsChanged = false;
                changed.Add(peer.Totals());
            }
            return changed;
        }
    }

    /// <summary>Offers totals again that could not be saved.</summary>
    internal void Keep(IEnumerable<PeerTotals> unsaved)
    {
        lock (_lock)
        {
            foreach (var totals in unsaved)
            {
                if (_books.TryGet(totals.ServerId) is { } peer)
                    peer.IsChanged = true;
            }
        }
    }

    private RunDecision Exchange(RunCaller caller, long bytes, DateTimeOffset now) => _credit.TryTake(caller, bytes, now, out var retryAfter) is { } grant
        ? new RunDecision.Admitted(grant)
        : new RunDecision.TooMuch(retryAfter);

    private static string NameOf(RunCaller caller) => caller switch
    {
        { Payer: { } payer } => "k" + payer,
        { ServerId: { } id } => "s" + id,
        _ => "a" + caller.Address,
    };
}
