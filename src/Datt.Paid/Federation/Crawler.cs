using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Federation;

/// <summary>Who this server is to others, and where it starts.</summary>
/// <param name="Id">Its id.</param>
/// <param name="Card">Its card as of now.</param>
/// <param name="Bootstrap">URLs of servers, or of lists of servers.</param>
/// <param name="Interval">Time between two rounds.</param>
/// <param name="Seed">Of the random parts of waiting times, and of whose list is read as a whole.</param>
public sealed record CrawlOrigin(string Id, Func<SignedCard> Card, IReadOnlyList<string> Bootstrap, TimeSpan Interval, int Seed);

/// <summary>What a round came to.</summary>
/// <param name="Visited">Addresses visited.</param>
/// <param name="Requests">Requests sent in all, greetings and lists included.</param>
/// <param name="Added">Addresses that were new.</param>
/// <param name="IsCut">The requests of the hour were used up; the rest stays due.</param>
public sealed record CrawlRound(int Visited, long Requests, int Added, bool IsCut);

/// <summary>
/// Finds other servers: asks each known one for its card and for whom it knows, from near to far, and shows each new one this server's card.
/// One round at a time; greetings are followed beside it. Whatever is found is kept in a <see cref="CrawlTable"/>.
/// </summary>
public sealed class Crawler
{
    private const int MaxPages = 100;

    /// <summary>Of so many servers the whole list is read, of the others only until a page says nothing new.</summary>
    private const int WholeLists = 64;

    private readonly IServerSource _source;
    private readonly UrlRules _rules;
    private readonly CrawlOrigin _self;
    private readonly CrawlSettings _settings;
    private readonly TimeProvider _time;
    private readonly ILogger _log;
    private readonly ServerDirectory _directory;
    private readonly CrawlPace _pace;
    private readonly CrawlTable _table;
    private readonly SemaphoreSlim _round = new(1, 1);
    private long _requests;
    private int _added;

    public Crawler(
        IServerSource source, UrlRules rules, CrawlOrigin self, CrawlSettings settings, ServerDirectory directory, TimeProvider time, ILogger<Crawler> log)
    {
        (_source, _rules, _self, _settings, _directory, _time, _log) = (source, rules, self, settings, directory, time, log);
        _pace = new CrawlPace(settings, self.Interval, self.Seed);
        _table = new CrawlTable(settings, rules, self.Id, directory);
    }

    /// <summary>Requests sent since the start.</summary>
    public long Requests => Interlocked.Read(ref _requests);

    /// <summary>Addresses that are kept, those without a card included.</summary>
    public int Addresses => _table.Count;

    internal CrawlTable Table => _table;

    /// <summary>Every address with its state, problem and next visit, for the operator.</summary>
    public IReadOnlyList<CrawlFinding> Findings() => _table.Findings();

    /// <summary>
    /// Visits all that are due, and those that they name, until nobody is left or the requests of the hour are used up. A second round at the
    /// same time waits for the first.
    /// </summary>
    public async Task<CrawlRound> RoundAsync(CancellationToken ct)
    {
        await _round.WaitAsync(ct);
        try
        {
            var (requests, added) = (Requests, Volatile.Read(ref _added));
            _table.Forget(Now);
            foreach (var url in _self.Bootstrap)
                _table.AddBootstrap(url, Now);
            var (visited, isCut) = await VisitAllAsync(_table.Due(Now), ct);
            return new CrawlRound(visited, Requests - requests, Volatile.Read(ref _added) - added, isCut);
        }
        finally
        {
            _round.Release();
        }
    }

    /// <summary>Somebody showed its card: takes the address up and visits it. False where there was no room or it is known.</summary>
    /// <param name="id">The id in the card.</param>
    /// <param name="url">The address in the card.</param>
    /// <param name="from">Who showed it, for the bounds on one source.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<bool> FollowAsync(string id, string url, string from, CancellationToken ct)
    {
        if (Learn(new ListedAddress(id, url), "greeting from " + from, 1, isGreeting: true) == Learning.Unusable || _table.Find(url) is not { } entry)
            return false;
        var isWanted = entry.Card is null ? entry.Failures == 0 || entry.Due <= Now : entry.State != ServerState.Alive;
        return isWanted && _pace.Wait(entry.Address, Now) == TimeSpan.Zero && _pace.TryRequest(Now) && _table.TryBegin(entry)
            && await VisitAsync(entry, ct);
    }

    /// <summary>
    /// Takes whoever answers now at the address of a refused server for the one to be known there, as an operator decided: a server that lost its key, or
    /// another that has the address now. What answers must be a sound card of that address all the same.
    /// </summary>
    /// <param name="id">The server that is known there.</param>
    /// <param name="ct">Gives up.</param>
    public async Task<AcceptOutcome> AcceptAsync(string id, CancellationToken ct)
    {
        if (_table.OfId(id) is not { } entry)
            return new AcceptOutcome.Unknown();
        if (entry.State != ServerState.Refused)
            return new AcceptOutcome.NotRefused();
        if (!_table.TryBegin(entry))
            return new AcceptOutcome.StillRefused("It is being visited just now.");
        return await VisitAsync(entry, ct, isAnew: true)
            ? new AcceptOutcome.Accepted(entry.Known!)
            : new AcceptOutcome.StillRefused(entry.Problem ?? "It does not answer.");
    }

    private DateTimeOffset Now => _time.GetUtcNow();

    private async Task<(int Visited, bool IsCut)> VisitAllAsync(List<CrawlEntry> due, CancellationToken ct)
    {
        var waiting = new LinkedList<CrawlEntry>(due);
        var running = new List<Task>();
        var (visited, isCut) = (0, false);
        while (true)
        {
            foreach (var fresh in _table.TakeFresh())
                waiting.AddLast(fresh);
            var wait = Timeout.InfiniteTimeSpan;
            while (!isCut && running.Count < _settings.Parallel && Take(waiting, out wait, out isCut) is { } entry)
            {
                visited++;
                running.Add(VisitAsync(entry, ct));
            }
            if (running.Count == 0 && (isCut || wait < TimeSpan.Zero))
                return (visited, isCut);
            using var enough = CancellationTokenSource.CreateLinkedTokenSource(ct);
            if (running.Count < _settings.Parallel && wait > TimeSpan.Zero)
                await Task.WhenAny([.. running, Task.Delay(wait, _time, enough.Token)]);
            else
                await Task.WhenAny(running);
            await enough.CancelAsync();
            foreach (var done in running.Where(task => task.IsCompleted).ToList())
            {
                running.Remove(done);
                await done;
            }
            ct.ThrowIfCancellationRequested();
        }
    }

    /// <summary>The first whose site may be asked now; otherwise how long to wait for one, negative where nobody is left.</summary>
    private CrawlEntry? Take(LinkedList<CrawlEntry> waiting, out TimeSpan wait, out bool isCut)
    {
        wait = Timeout.InfiniteTimeSpan;
        isCut = false;
        for (var at = waiting.First; at is not null;)
        {
            var next = at.Next;
            var left = _pace.Wait(at.Value.Address, Now);
            if (left > TimeSpan.Zero)
                wait = wait < TimeSpan.Zero || left < wait ? left : wait;
            else if (_table.TryBegin(at.Value))
            {
                if (isCut = !_pace.TryRequest(Now))
                {
                    at.Value.IsBusy = false;
                    return null;
                }
                waiting.Remove(at);
                return at.Value;
            }
            else
                waiting.Remove(at);
            at = next;
        }
        return null;
    }

    /// <summary>One visit: the card, then a greeting and the list where they are due. True when the card was accepted.</summary>
    private async Task<bool> VisitAsync(CrawlEntry entry, CancellationToken ct, bool isAnew = false)
    {
        var isApplied = false;
        try
        {
            Interlocked.Increment(ref _requests);
            var fetch = await _source.FetchCardAsync(entry.Address.Url, ct);
            var other = fetch is CardFetch.Answered { Card.Card.Id: var id } ? _table.OtherWith(id, entry) : null;
            var verdict = Verdict.Of(fetch, entry, other, _self.Id, _rules, Now, isAnew);
            if (fetch is CardFetch.NoCard && entry is { IsBootstrap: true, Card: null }
                && await ReadListAsync(entry, (cursor, _) => _source.FetchBootstrapAsync(entry.Address.Url, cursor, ct), ct))
                verdict = new Verdict.List();
            // Of two addresses of one server the known one has to prove itself soon, so that a move is noticed.
            if (other is { State: ServerState.Alive } && verdict is Verdict.Faulty)
                other.Due = Now;
            var isAccepted = verdict is Verdict.Accepted;
            var failures = isAccepted ? 0 : Math.Min(entry.Failures, entry.IsBootstrap ? 2 : int.MaxValue);
            var due = _pace.Next(Now, failures, _directory.Count);
            Note(entry, _table.Apply(entry, verdict, due, Now));
            isApplied = true;
            var elsewhere = verdict switch
            {
                Verdict.Nothing nothing => nothing.Elsewhere,
                Verdict.Faulty faulty => faulty.Elsewhere,
                _ => null,
            };
            if (elsewhere is not null)
                Learn(new ListedAddress(null, elsewhere), entry.Source, entry.Depth);
            if (isAccepted)
            {
                await GreetAsync(entry, ct);
                if (entry.ListDue <= Now)
                    await ReadListAsync(entry, (cursor, since) => _source.FetchListAsync(entry.Address.Url, cursor, since, ct), ct);
            }
            return isAccepted;
        }
        finally
        {
            if (!isApplied)
                entry.IsBusy = false;
        }
    }

    private async Task GreetAsync(CrawlEntry entry, CancellationToken ct)
    {
        if (entry.IsGreeted || !_pace.TryRequest(Now))
            return;
        Interlocked.Increment(ref _requests);
        entry.IsGreeted = await _source.GreetAsync(entry.Address.Url, _self.Card(), ct);
    }

    /// <summary>True when at least one page was a list.</summary>
    private async Task<bool> ReadListAsync(CrawlEntry entry, Func<string?, DateTimeOffset?, Task<ListFetch>> fetch, CancellationToken ct)
    {
        var began = Now;
        var isWhole = _pace.IsChosen(WholeLists, _directory.Count);
        // An hour of overlap, because clocks differ.
        var since = isWhole ? null : entry.ListReadAt - TimeSpan.FromHours(1);
        string? cursor = null;
        var (news, isList, isOurs, isWithheld) = (0, false, false, false);
        for (var page = 0; page < MaxPages && _pace.TryRequest(Now); page++)
        {
            if (page > 0 && _pace.Wait(entry.Address, Now) is var wait && wait > TimeSpan.Zero)
                await Task.Delay(wait, _time, ct);
            Interlocked.Increment(ref _requests);
            if (await fetch(cursor, since) is not ListFetch.Page read)
                break;
            isList = true;
            var fresh = 0;
            foreach (var named in read.Servers)
            {
                var learning = Learn(named, entry.Address.Key, entry.Depth + 1);
                fresh += learning == Learning.Added ? 1 : 0;
                isOurs |= learning is Learning.TooFast or Learning.Full;
                isWithheld |= learning is Learning.TooFast or Learning.Full or Learning.SourceFull;
            }
            news += fresh;
            if (read.Next is null || read.Next == cursor || isWithheld || (fresh == 0 && !isWhole))
                break;
            cursor = read.Next;
        }
        // What there was no room for is asked for again; that is not the list's fault where this server has no room.
        if (isList && !isWithheld)
            entry.ListReadAt = began;
        entry.ListsWithoutNews = news > 0 || isOurs ? 0 : entry.ListsWithoutNews + 1;
        entry.ListDue = _pace.NextList(Now, entry.ListsWithoutNews, _directory.Count);
        return isList;
    }

    private Learning Learn(ListedAddress named, string source, int depth, bool isGreeting = false)
    {
        var own = _self.Card().Card.Url.TrimEnd('/');
        var learning = _table.Learn(named, source, depth, own, Now, isGreeting);
        if (learning == Learning.Added)
            Interlocked.Increment(ref _added);
        return learning;
    }

    private void Note(CrawlEntry entry, string? problem)
    {
        if (problem is null)
            return;
        if (entry.Card is not null || entry.IsBootstrap)
            _log.LogWarning("The server at {Url}: {Problem}", entry.Address.Key, problem);
        else
            _log.LogDebug("An address named by {Source}, {Url}: {Problem}", entry.Source, entry.Address.Key, problem);
    }
}

/// <summary>What came of accepting another key at an old address.</summary>
public abstract record AcceptOutcome
{
    /// <param name="Server">Who is known there now.</param>
    public sealed record Accepted(KnownServer Server) : AcceptOutcome;

    /// <summary>No server of this id is known.</summary>
    public sealed record Unknown : AcceptOutcome;

    /// <summary>Its card counts, or it is only silent: there is nothing to decide.</summary>
    public sealed record NotRefused : AcceptOutcome;

    /// <param name="Problem">Why what answers there does not count either, in words.</param>
    public sealed record StillRefused(string Problem) : AcceptOutcome;
}
