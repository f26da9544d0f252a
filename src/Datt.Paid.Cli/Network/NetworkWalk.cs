using System.Collections.Concurrent;
using System.Text;
using Datt.Paid.Client;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Cli.Network;

/// <summary>How far a walk goes.</summary>
public sealed record WalkLimits
{
    /// <summary>Servers that are called.</summary>
    public int Servers { get; init; } = 1_000;

    /// <summary>Steps from the first server.</summary>
    public int Depth { get; init; } = 64;

    /// <summary>Servers called at the same time.</summary>
    public int AtOnce { get; init; } = 8;

    /// <summary>Pages read of one server's list.</summary>
    public int Pages { get; init; } = 20;

    /// <summary>Bytes of one page.</summary>
    public long PageBytes { get; init; } = 8 * 1024 * 1024;

    /// <summary>Longest time for all requests to one server.</summary>
    public TimeSpan PerServer { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Longest time for the walk; what was met by then is the result.</summary>
    public TimeSpan InAll { get; init; } = TimeSpan.FromMinutes(5);
}

/// <summary>How far a walk is.</summary>
/// <param name="Called">Servers called so far.</param>
/// <param name="Known">Servers heard of so far.</param>
public sealed record WalkProgress(int Called, int Known);

/// <summary>Asks a server for the servers it knows, and those for theirs, breadth first.</summary>
public sealed class NetworkWalk(WalkLimits limits, TimeProvider time) : IDisposable
{
    private readonly Dictionary<string, SeenServer> _byId = new(StringComparer.Ordinal);
    private readonly HashSet<string> _urls = new(StringComparer.Ordinal);
    private readonly List<SeenServer> _seen = [];
    private readonly ConcurrentDictionary<string, SignedCard> _cards = new(StringComparer.Ordinal);
    private HttpMessageHandler? _handler;
    private bool _complete = true;

    private sealed record Lead(Uri Url, string Id, string? Name, string? NamedBy);

    private sealed record Visit(SeenServer Server, IReadOnlyList<Lead> Leads, bool Whole);

    /// <summary>Told after each server.</summary>
    public IProgress<WalkProgress>? Progress { get; init; }

    /// <summary>By id, the signed cards of those that answered.</summary>
    public IReadOnlyDictionary<string, SignedCard> Cards => _cards;

    /// <summary>Walks once.</summary>
    public async Task<SeenNetwork> RunAsync(Uri start, CancellationToken ct)
    {
        _handler = WalkConnections.Handler(await WalkConnections.IsPrivateAsync(start, ct).ConfigureAwait(false), limits.PerServer);
        using var patience = new CancellationTokenSource(limits.InAll, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        _urls.Add(start.AbsoluteUri);
        IReadOnlyList<Lead> level = [new Lead(start, "", null, null)];
        for (var depth = 0; level.Count > 0; depth++)
        {
            if (depth > limits.Depth || either.IsCancellationRequested)
            {
                ct.ThrowIfCancellationRequested();
                _complete = false;
                break;
            }

            level = Take(await VisitAsync(level, depth, either.Token).ConfigureAwait(false));
        }

        ct.ThrowIfCancellationRequested();
        return new SeenNetwork(_seen, _complete);
    }

    public void Dispose() => _handler?.Dispose();

    private async Task<Visit[]> VisitAsync(IReadOnlyList<Lead> level, int depth, CancellationToken ct)
    {
        var visits = new Visit[level.Count];
        var called = 0;
        var known = _urls.Count;
        await Parallel.ForEachAsync(
            Enumerable.Range(0, level.Count), new ParallelOptions { MaxDegreeOfParallelism = limits.AtOnce, CancellationToken = CancellationToken.None },
            async (i, _) =>
            {
                visits[i] = await VisitAsync(level[i], depth, ct).ConfigureAwait(false);
                Progress?.Report(new WalkProgress(_seen.Count + Interlocked.Increment(ref called), known));
            }).ConfigureAwait(false);
        return visits;
    }

    /// <summary>Takes in what a level said, in the order in which it was named, whoever answered first.</summary>
    private List<Lead> Take(Visit[] visits)
    {
        var next = new List<Lead>();
        foreach (var visit in visits)
        {
            // One server under two addresses is met once: who proves the id first keeps it.
            if (visit.Server.State == ServerAnswer.Answers && !_byId.TryAdd(visit.Server.Id, visit.Server))
            {
                continue;
            }

            _seen.Add(visit.Server);
            _complete &= visit.Whole;
        }

        foreach (var lead in visits.SelectMany(v => v.Leads))
        {
            if (_byId.ContainsKey(lead.Id) || !_urls.Add(lead.Url.AbsoluteUri))
            {
                continue;
            }

            if (_urls.Count > limits.Servers)
            {
                _complete = false;
                break;
            }

            next.Add(lead);
        }

        return next;
    }

    private async Task<Visit> VisitAsync(Lead lead, int depth, CancellationToken ct)
    {
        var server = new SeenServer { Id = lead.Id, Name = lead.Name, Url = lead.Url.AbsoluteUri, NamedBy = lead.NamedBy, Depth = depth, State = ServerAnswer.Silent };
        using var http = new HttpClient(_handler!, disposeHandler: false) { BaseAddress = lead.Url };
        using var patience = new CancellationTokenSource(limits.PerServer, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            var client = new DattClient(http, new DattClientOptions { MaxRetries = 0, MaxResponseBytes = limits.PageBytes, Time = time });
            var bytes = await client.Server.SignedCardAsync(either.Token).ConfigureAwait(false);
            var arrived = time.GetUtcNow();
            if (!SignedCard.TryRead(bytes, out var signed, out var fault))
            {
                return new Visit(server with { State = ServerAnswer.BadCard, Problem = $"Its card cannot be believed: {Words(fault)}." }, [], true);
            }

            _cards.TryAdd(signed.Card.Id, signed);
            var asked = time.GetTimestamp();
            await client.Server.SignedCardAsync(either.Token).ConfigureAwait(false);
            server = Describe(server, signed.Card, arrived) with { LatencyMs = Math.Round(time.GetElapsedTime(asked).TotalMilliseconds, 1) };
            return await LeadsAsync(client, server, either.Token).ConfigureAwait(false);
        }
        catch (DattException e) when (e.InnerException?.InnerException is AddressNotCalledException || e.InnerException is AddressNotCalledException)
        {
            return new Visit(server with { State = ServerAnswer.NotCalled, Problem = "A public server named this private address." }, [], true);
        }
        catch (DattException e)
        {
            return new Visit(server with { Problem = e.Message }, [], true);
        }
        catch (OperationCanceledException)
        {
            return new Visit(server with { Problem = $"No answer within {limits.PerServer.TotalSeconds:0} s." }, [], true);
        }
    }

    private async Task<Visit> LeadsAsync(DattClient client, SeenServer server, CancellationToken ct)
    {
        var leads = new List<Lead>();
        string? cursor = null;
        try
        {
            for (var page = 0; page < limits.Pages; page++)
            {
                var answer = await client.Network.PageAsync(cursor, ct).ConfigureAwait(false);
                leads.AddRange(answer.Servers.Select(card => LeadOf(card, server.Id)).OfType<Lead>());
                cursor = answer.Next;
                if (cursor is null || answer.Servers.Count == 0)
                {
                    return new Visit(server with { Lists = Ids(leads) }, leads, true);
                }
            }

            return new Visit(server with { Lists = Ids(leads), Problem = "Its list goes on for longer than was read." }, leads, false);
        }
        catch (Exception e) when (e is DattException or OperationCanceledException)
        {
            return new Visit(server with { Lists = Ids(leads), Problem = $"Its list of servers broke off: {e.Message}" }, leads, false);
        }
    }

    private static IReadOnlyList<string> Ids(List<Lead> leads) => [.. leads.Select(lead => lead.Id).Distinct()];

    private static Lead? LeadOf(Client.ServerCard card, string namedBy) =>
        card.Url is { Length: > 0 and <= 2_000 } text && Uri.TryCreate(text.TrimEnd('/') + "/", UriKind.Absolute, out var url)
        && url.Scheme is "http" or "https" && url.UserInfo.Length == 0 && url.Query.Length == 0 && ServerPublicKey.IsFingerprint(card.Id)
            ? new Lead(url, card.Id, card.Name, namedBy)
            : null;

    private static SeenServer Describe(SeenServer server, Protocol.Identity.ServerCard card, DateTimeOffset arrived) => server with
    {
        Id = card.Id,
        Name = card.Name,
        State = ServerAnswer.Answers,
        Search = card.SearchAccess,
        Federation = card.FederationAccess,
        Price = card.Price is { } price && decimal.TryParse(price.Amount, System.Globalization.CultureInfo.InvariantCulture, out var amount)
            ? new Price { Amount = amount, Currency = price.Currency, Period = price.Period }
            : null,
        Coverage = new Coverage
        {
            Records = card.Coverage.Records,
            Origins = card.Coverage.Origins,
            NetworkRecords = card.Coverage.NetworkRecords,
            Ratio = card.Coverage.Ratio,
        },
        Nodes = new NodeFigures(card.Nodes.Online, card.Nodes.Known),
        CardTime = card.Time,
        CardAgeSeconds = Math.Round((arrived - card.Time).TotalSeconds, 1),
    };

    /// <summary>BadSignature as "bad signature".</summary>
    private static string Words(CardFault fault)
    {
        var words = new StringBuilder();
        foreach (var c in fault.ToString())
        {
            words.Append(char.IsUpper(c) && words.Length > 0 ? " " : "").Append(char.ToLowerInvariant(c));
        }

        return words.ToString();
    }
}
