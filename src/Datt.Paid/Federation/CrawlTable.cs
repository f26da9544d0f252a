using Datt.Paid.Outbound;

namespace Datt.Paid.Federation;

/// <summary>
/// All addresses of servers that are kept, within bounds that no stranger can move: so many in all, of one source, host, site and hour, and so
/// deep. Every method takes the time and the lock. What has a card is published in the <see cref="ServerDirectory"/>.
/// </summary>
internal sealed class CrawlTable(CrawlSettings settings, UrlRules rules, string selfId, ServerDirectory directory)
{
    /// <summary>After so many vain visits an address that never had a card is given up; one that is refused stays longer, to be seen.</summary>
    private const int MostSilences = 4;
    private const int MostRefusals = 8;

    /// <summary>As many names as a source may have waiting while new ones are scarce.</summary>
    private const int FewWaiting = 5;

    private readonly Lock _lock = new();
    private readonly Dictionary<string, CrawlEntry> _byKey = new(StringComparer.Ordinal);
    private readonly Dictionary<string, CrawlEntry> _byId = new(StringComparer.Ordinal);
    private readonly SourceRecords _sources = new(settings);
    private readonly Dictionary<string, int> _ofHost = new(StringComparer.Ordinal);
    private readonly Dictionary<string, int> _ofSite = new(StringComparer.Ordinal);
    private readonly RateBucket _new = new(settings.MaxNewPerHour, settings.MaxNewPerHour);
    private readonly RateBucket _greeted = new(settings.MaxNewPerHour / 2, settings.MaxNewPerHour / 2);
    private readonly List<string> _removed = [];
    private List<CrawlEntry> _fresh = [];

    public int Count
    {
        get
        {
            lock (_lock)
                return _byKey.Count;
        }
    }

    /// <summary>Takes up an address that somebody names, if it is new and there is room for it.</summary>
    /// <param name="named">What was said.</param>
    /// <param name="source">Who said it.</param>
    /// <param name="depth">Steps from a bootstrap address or a greeting.</param>
    /// <param name="selfUrl">This server's own address, which is never taken up.</param>
    /// <param name="now">The time.</param>
    /// <param name="isGreeting">Greetings may use half of what is new in an hour, so that they keep nothing else out.</param>
    public Learning Learn(ListedAddress named, string source, int depth, string selfUrl, DateTimeOffset now, bool isGreeting = false)
    {
        if (named.Id == selfId)
            return Learning.Known;
        if (!ServerAddress.TryRead(named.Url, rules, out var address, out _))
            return Learning.Unusable;
        if (address.Key == selfUrl)
            return Learning.Known;
        lock (_lock)
        {
            if (_byKey.TryGetValue(address.Key, out var there))
            {
                there.Depth = Math.Min(there.Depth, depth);
                return Learning.Known;
            }
            // Where it was met it is asked again by itself; another address of it counts only once it is gone from there.
            if (named.Id is { } id && _byId.TryGetValue(id, out var known) && known.State == ServerState.Alive)
                return Learning.Known;
            if (depth > settings.MaxDepth)
                return Learning.TooDeep;
            if (_sources.Unproven(source) >= _sources.Allowance(source, isTrusted: depth <= 1 && !isGreeting))
                return Learning.SourceFull;
            if (!address.IsLocal
                && (_ofHost.GetValueOrDefault(address.Host) >= settings.MaxPerHost || _ofSite.GetValueOrDefault(address.Site) >= settings.MaxPerSite))
                return Learning.SiteFull;
            // Half is for sources of which few names wait, so that those who name without end use up only the other half.
            if (_sources.Unproven(source) >= FewWaiting && _new.IsLow(now))
                return Learning.TooFast;
            // Before room is looked for, which takes a while: so that happens seldom however many are named.
            if ((isGreeting && !_greeted.TryTake(now)) || !_new.TryTake(now))
                return Learning.TooFast;
            if (_byKey.Count >= settings.MaxServers && !TryMakeRoom(address, now))
                return Learning.Full;
            // Who is one of many at a site comes after those who have one to themselves.
            var turn = Math.Max(_sources.Unproven(source), address.IsLocal ? 0 : _ofSite.GetValueOrDefault(address.Site));
            Add(new CrawlEntry(address, source, depth, now) { Turn = turn });
            return Learning.Added;
        }
    }

    /// <summary>An address of the configuration: outside of all bounds, and never forgotten.</summary>
    public void AddBootstrap(string url, DateTimeOffset now)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return;
        // A list may have a query, which a server's address has not.
        var address = ServerAddress.TryRead(url, rules, out var read, out _)
            ? read
            : new ServerAddress(uri.AbsoluteUri.TrimEnd('/'), uri.IdnHost, uri.IdnHost, IsLocal: true);
        lock (_lock)
        {
            if (_byKey.TryGetValue(address.Key, out var there))
            {
                if (there.IsBootstrap)
                    return;
                var card = there.Card;
                Remove(there);
                var again = new CrawlEntry(address, "bootstrap", 0, there.FirstSeen)
                {
                    IsBootstrap = true,
                    State = there.State,
                    Card = card,
                    LastSeen = there.LastSeen,
                    Due = there.Due,
                    Failures = there.Failures,
                    Problem = there.Problem,
                };
                Add(again);
            }
            else
                Add(new CrawlEntry(address, "bootstrap", 0, now) { IsBootstrap = true });
        }
    }

    /// <summary>An entry of an earlier run.</summary>
    public void Restore(CrawlEntry entry)
    {
        lock (_lock)
        {
            if (_byKey.ContainsKey(entry.Address.Key) || (entry.Id is { } id && _byId.ContainsKey(id)))
                return;
            entry.IsDirty = false;
            Add(entry);
            _fresh.Remove(entry);
        }
    }

    /// <summary>Puts down what a visit found.</summary>
    /// <param name="entry">Who was visited.</param>
    /// <param name="verdict">What was found.</param>
    /// <param name="due">When to visit it again.</param>
    /// <param name="now">The time.</param>
    /// <returns>The problem, where it is another than before.</returns>
    public string? Apply(CrawlEntry entry, Verdict verdict, DateTimeOffset due, DateTimeOffset now)
    {
        lock (_lock)
        {
            entry.IsBusy = false;
            if (entry.IsRemoved)
                return null;
            entry.IsDirty = true;
            entry.Due = due;
            var before = entry.Problem;
            switch (verdict)
            {
                case Verdict.Accepted accepted:
                    Accept(entry, accepted, now);
                    break;
                case Verdict.List:
                    (entry.State, entry.Problem, entry.Failures, entry.LastSeen) = (ServerState.Alive, null, 0, now);
                    break;
                case Verdict.Faulty faulty:
                    (entry.State, entry.Problem) = (faulty.IsSilent ? ServerState.Silent : ServerState.Refused, faulty.Problem);
                    entry.Failures++;
                    entry.Latency = null;
                    break;
            }
            if (entry.Known is { } known)
                directory.Put(known);
            else if (!entry.IsBootstrap && (verdict is Verdict.Nothing || entry.Failures >= (entry.State == ServerState.Refused ? MostRefusals : MostSilences)))
                Remove(entry);
            return entry.Problem == before ? null : entry.Problem;
        }
    }

    /// <summary>Who has this id now, somebody else than the entry; null for nobody.</summary>
    public CrawlEntry? OtherWith(string id, CrawlEntry entry)
    {
        lock (_lock)
            return _byId.TryGetValue(id, out var other) && other != entry ? other : null;
    }

    /// <summary>
    /// Entries to be visited: by turns one that is known, longest due first, and one that was never met, those of all sources and sites in
    /// turns and then from near to far. So neither keeps the other waiting when requests run out.
    /// </summary>
    public List<CrawlEntry> Due(DateTimeOffset now)
    {
        lock (_lock)
        {
            _fresh = [];
            var due = _byKey.Values.Where(e => e.Due <= now && !e.IsBusy).ToLookup(e => e.Card is null);
            var known = due[false].OrderBy(e => e.Due).ToList();
            var others = due[true].OrderBy(e => e.Failures).ThenBy(e => e.Turn).ThenBy(e => e.Depth).ToList();
            var inTurn = new List<CrawlEntry>(known.Count + others.Count);
            for (var i = 0; i < Math.Max(known.Count, others.Count); i++)
            {
                if (i < known.Count)
                    inTurn.Add(known[i]);
                if (i < others.Count)
                    inTurn.Add(others[i]);
            }
            return inTurn;
        }
    }

    /// <summary>Entries that came since it was asked before, in the same order.</summary>
    public List<CrawlEntry> TakeFresh()
    {
        lock (_lock)
        {
            if (_fresh.Count == 0)
                return [];
            var fresh = _fresh;
            _fresh = [];
            return [.. fresh.Where(e => !e.IsRemoved && !e.IsBusy).OrderBy(e => e.Turn).ThenBy(e => e.Depth)];
        }
    }

    /// <summary>The address at which a server is known; null where it is not known.</summary>
    public CrawlEntry? OfId(string id)
    {
        lock (_lock)
            return _byId.GetValueOrDefault(id);
    }

    /// <summary>Takes an entry for a visit; false while another has it.</summary>
    public bool TryBegin(CrawlEntry entry)
    {
        lock (_lock)
        {
            if (entry.IsBusy || entry.IsRemoved)
                return false;
            return entry.IsBusy = true;
        }
    }

    public CrawlEntry? Find(string url)
    {
        if (!ServerAddress.TryRead(url, rules, out var address, out _))
            return null;
        lock (_lock)
            return _byKey.GetValueOrDefault(address.Key);
    }

    /// <summary>Forgets servers that were not met for too long.</summary>
    public void Forget(DateTimeOffset now)
    {
        lock (_lock)
        {
            foreach (var entry in _byKey.Values.Where(e => !e.IsBusy && !e.IsBootstrap && now - (e.LastSeen ?? e.FirstSeen) > settings.ForgetAfter).ToList())
                Remove(entry);
            foreach (var entry in _byKey.Values.Where(e => e is { IsBootstrap: true, Card: not null } && now - e.LastSeen > settings.ForgetAfter).ToList())
            {
                // The address stays; who answered there is forgotten, so that somebody else may.
                _byId.Remove(entry.Id!);
                directory.Remove(entry.Id!);
                entry.Card = null;
                _sources.Named(entry.Source);
                entry.IsDirty = true;
            }
        }
    }

    /// <summary>What differs from the database since it was asked before. Nothing of it changes under the caller's hands.</summary>
    public (List<CrawlFinding> Changed, List<string> Removed) TakeChanges()
    {
        lock (_lock)
        {
            var changed = new List<CrawlFinding>();
            foreach (var entry in _byKey.Values.Where(e => e.IsDirty))
            {
                entry.IsDirty = false;
                changed.Add(Finding(entry));
            }
            List<string> removed = [.. _removed.Where(key => !_byKey.ContainsKey(key))];
            _removed.Clear();
            return (changed, removed);
        }
    }

    /// <summary>Everything, for the operator, ordered by address.</summary>
    public List<CrawlFinding> Findings()
    {
        lock (_lock)
            return [.. _byKey.Values.OrderBy(e => e.Address.Key, StringComparer.Ordinal).Select(Finding)];
    }

    private static CrawlFinding Finding(CrawlEntry e) => new(
        e.Id, e.Address.Key, e.Card, e.State, e.FirstSeen, e.LastSeen, e.Latency, e.Problem, e.Source, e.Depth, e.Failures, e.Due);

    private void Accept(CrawlEntry entry, Verdict.Accepted accepted, DateTimeOffset now)
    {
        if (_byId.TryGetValue(accepted.Card.Card.Id, out var former) && former != entry)
        {
            entry.FirstSeen = former.FirstSeen;
            if (former.IsBootstrap)
            {
                (former.Card, former.Problem) = (null, $"The server moved to {entry.Address.Key}.");
                _sources.Named(former.Source);
            }
            else
                Remove(former);
        }
        if (entry.Card is null)
            _sources.Proved(entry.Source);
        else if (entry.Id != accepted.Card.Card.Id)
        {
            // An operator accepted another server at the same address.
            _byId.Remove(entry.Id!);
            directory.Remove(entry.Id!);
            entry.FirstSeen = now;
        }
        entry.Card = accepted.Card;
        _byId[accepted.Card.Card.Id] = entry;
        (entry.State, entry.Problem, entry.Failures, entry.LastSeen, entry.Latency) = (ServerState.Alive, null, 0, now, accepted.Latency);
    }

    /// <summary>
    /// Gives up what is worth least: who never answered; then who is silent for a day; then the newest of the site that has most, so that who
    /// invents servers displaces his own.
    /// </summary>
    private bool TryMakeRoom(ServerAddress newcomer, DateTimeOffset now)
    {
        // A hundredth at a time, because it takes a look at all of them.
        var many = Math.Max(1, settings.MaxServers / 100);
        var candidates = _byKey.Values.Where(e => !e.IsBootstrap && !e.IsBusy).ToList();
        List<CrawlEntry> least = [.. candidates.Where(e => e.Card is null && e.Failures > 0).OrderByDescending(e => e.Failures).Take(many)];
        if (least.Count == 0)
        {
            least.AddRange(candidates.Where(e => e.State != ServerState.Alive && now - (e.LastSeen ?? now) > TimeSpan.FromDays(1))
                .OrderBy(e => e.LastSeen).Take(many));
        }
        if (least.Count == 0)
        {
            var (site, count) = _ofSite.MaxBy(pair => pair.Value);
            if (count > _ofSite.GetValueOrDefault(newcomer.Site) + 1 && candidates.Where(e => e.Address.Site == site).MaxBy(e => e.FirstSeen) is { } newest)
                least.Add(newest);
        }
        foreach (var entry in least)
            Remove(entry);
        return least.Count > 0;
    }

    private void Add(CrawlEntry entry)
    {
        _byKey.Add(entry.Address.Key, entry);
        _fresh.Add(entry);
        Tally(_ofHost, entry.Address.Host, 1);
        Tally(_ofSite, entry.Address.Site, 1);
        if (entry.Id is not { } id)
        {
            _sources.Named(entry.Source);
            return;
        }
        _byId[id] = entry;
        directory.Put(entry.Known!);
    }

    private void Remove(CrawlEntry entry)
    {
        entry.IsRemoved = true;
        _byKey.Remove(entry.Address.Key);
        _removed.Add(entry.Address.Key);
        Tally(_ofHost, entry.Address.Host, -1);
        Tally(_ofSite, entry.Address.Site, -1);
        if (entry.Id is not { } id)
            _sources.GaveUp(entry.Source);
        else if (_byId.TryGetValue(id, out var there) && there == entry)
        {
            _byId.Remove(id);
            directory.Remove(id);
        }
    }

    private static void Tally(Dictionary<string, int> counts, string name, int by)
    {
        var count = counts.GetValueOrDefault(name) + by;
        if (count > 0)
            counts[name] = count;
        else
            counts.Remove(name);
    }
}

/// <summary>What became of an address that somebody named.</summary>
public enum Learning
{
    Added,

    /// <summary>Kept already, or this server itself.</summary>
    Known,

    /// <summary>No URL that may be called.</summary>
    Unusable,
    TooDeep,
    SourceFull,
    SiteFull,
    TooFast,
    Full,
}
