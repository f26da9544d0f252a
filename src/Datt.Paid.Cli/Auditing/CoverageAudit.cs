using Datt.Paid.Cli.Network;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Cli.Auditing;

/// <summary>What an audit is to do.</summary>
/// <param name="Audited">Address of the server.</param>
/// <param name="Start">Where the auditor's own list of origins comes from.</param>
/// <param name="Walks">Whether the network is walked from there on; else that server's lists are the auditor's list.</param>
/// <param name="Key">For the audited server's search; null without one.</param>
/// <param name="FetchesContents">Whether contents are fetched from their holders too.</param>
/// <param name="Seed">Of the sample.</param>
public sealed record AuditOrder(Uri Audited, Uri Start, bool Walks, string? Key, bool FetchesContents, ulong Seed);

/// <summary>How far an audit is, in words.</summary>
public sealed record AuditProgress(string Step);

/// <summary>
/// Measures how much of the network's live records a server has, against the auditor's own list of origins and their signed manifests: random
/// leaves, each with its Merkle path; then records of the same leaves in the server's search; then contents at their holders.
/// </summary>
public sealed class CoverageAudit(AuditLimits limits, TimeProvider time)
{
    /// <summary>Servers beside the first whose lists are read for cards of silent servers.</summary>
    private const int OtherLists = 2;

    /// <summary>Told before each step.</summary>
    public IProgress<AuditProgress>? Progress { get; init; }

    /// <summary>Audits once.</summary>
    /// <exception cref="CommandFailure">The audited server, or the one that the list begins at, does not answer with a card that can be believed.</exception>
    public async Task<AuditReport> RunAsync(AuditOrder order, CancellationToken ct)
    {
        using var patience = new CancellationTokenSource(limits.InAll, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        using var connections = await AuditConnections.OpenAsync(order.Audited, order.Start, limits, time, ct).ConfigureAwait(false);
        try
        {
            return await RunAsync(order, connections, either.Token, ct).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new CommandFailure(ExitCode.Usage, "not_measured", $"The audit was not done after {limits.InAll.TotalMinutes:0} minutes.", "Name one server with --from, or ask for fewer --leaves.");
        }
    }

    private async Task<AuditReport> RunAsync(AuditOrder order, AuditConnections connections, CancellationToken soft, CancellationToken hard)
    {
        Tell("Asking the server for its card");
        var audited = await CardAsync(connections, order.Audited, soft).ConfigureAwait(false);
        Tell("Finding the origins of the network");
        var census = new OriginCensus(connections, limits, time);
        var (network, isWhole) = await NetworkAsync(order, audited, connections, census, soft).ConfigureAwait(false);
        var claim = audited.Card.Coverage;
        var report = new AuditReport
        {
            Server = new AuditedServer(audited.Card.Id, audited.Card.Name, order.Audited.AbsoluteUri),
            Verdict = AuditVerdict.NothingToAudit,
            Seed = order.Seed,
            Claimed = new Coverage { Records = claim.Records, Origins = claim.Origins, NetworkRecords = claim.NetworkRecords, Ratio = claim.Ratio },
            NetworkRecords = 0,
            Skipped = network.Skipped,
            ListIsWhole = isWhole,
        };
        var chance = new Chance(order.Seed);
        var questions = new LeafQuestions(connections, census, network, limits, time);
        var sample = new LeafSample(network, questions, limits, chance);
        await sample.RunAsync(new AskedSoFar(asked => Tell($"{Figures.Count(asked)} leaves asked for")), soft).ConfigureAwait(false);
        hard.ThrowIfCancellationRequested();
        var (lookups, contents) = soft.IsCancellationRequested
            ? (null, null)
            : await RecordsAsync(order, audited, connections, network, [.. sample.Counted.Take(limits.Records)], chance, soft).ConfigureAwait(false);
        return report with
        {
            Verdict = AuditReport.Judge(claim.Ratio, sample.NetworkRecords, sample.Producible, lookups?.Estimate, sample.Drawn.Count, questions.CutShort is not null),
            NetworkRecords = sample.NetworkRecords,
            Leaves = sample.Leaves,
            Producible = sample.Producible,
            Searchable = lookups,
            Contents = contents,
            CutShort = questions.CutShort,
            Origins = sample.Results(),
        };
    }

    private async Task<(AuditedNetwork Network, bool IsWhole)> NetworkAsync(
        AuditOrder order, SignedCard audited, AuditConnections connections, OriginCensus census, CancellationToken ct)
    {
        var cards = new Dictionary<string, SignedCard>(StringComparer.Ordinal);
        var urls = new Dictionary<string, Uri>(StringComparer.Ordinal);
        var isWhole = true;
        if (order.Walks)
        {
            using var walk = new NetworkWalk(new WalkLimits { InAll = limits.InAll / 2 }, time);
            var seen = await walk.RunAsync(order.Start, ct).ConfigureAwait(false);
            if (seen.Servers[0] is { State: not ServerAnswer.Answers } first)
            {
                throw Unreachable($"The server that the walk begins at does not answer: {first.Problem}", "Name one that does with --server, or with --from.");
            }

            isWhole = seen.Complete;
            foreach (var server in seen.Servers.Where(s => s.State == ServerAnswer.Answers))
            {
                cards[server.Id] = walk.Cards[server.Id];
                urls[server.Id] = new Uri(server.Url);
            }
        }
        else
        {
            var from = await CardAsync(connections, order.Start, ct).ConfigureAwait(false);
            cards[from.Card.Id] = from;
            urls[from.Card.Id] = order.Start;
        }

        cards[audited.Card.Id] = audited;
        urls[audited.Card.Id] = order.Audited;
        var lists = urls.Values.Where(u => u != order.Audited && u != order.Start).Take(OtherLists).Prepend(order.Start).ToList();
        return (await census.TakeAsync(cards, urls, lists, ct).ConfigureAwait(false), isWhole);
    }

    private static async Task<SignedCard> CardAsync(AuditConnections connections, Uri server, CancellationToken ct)
    {
        var asked = await connections.AskAsync(each => connections.At(server).Server.SignedCardAsync(each), ct).ConfigureAwait(false);
        if (asked.Value is null)
        {
            throw Unreachable($"{server} does not answer: {asked.Problem}", "Is the address right? Write it like https://search.example.org");
        }

        return SignedCard.TryRead(asked.Value, out var card, out var fault)
            ? card
            : throw Unreachable($"The card of {server} cannot be believed: {fault}.", "Without a card there is no claim that could be checked.");
    }

    /// <summary>Nothing was measured: the exit code says that, whatever the reason.</summary>
    private static CommandFailure Unreachable(string message, string hint) => new(ExitCode.Usage, "not_measured", message, hint);

    private async Task<(LookupResult?, ContentResult?)> RecordsAsync(
        AuditOrder order, SignedCard audited, AuditConnections connections, AuditedNetwork network, IReadOnlyList<DrawnLeaf> leaves,
        Chance chance, CancellationToken ct)
    {
        var searches = order.Key is not null || audited.Card.SearchAccess == "Free";
        if (!searches && !order.FetchesContents)
        {
            return (null, null);
        }

        var sample = new RecordSample(new RunFetch(connections, limits), network, connections, limits);
        var lookups = new RecordLookups(connections, network, order.Key, sample, limits, time);
        var records = new List<(SampledRecord Record, ContentEntry? Entry)>();
        var (found, asked, unclear) = (0, 0, 0);
        foreach (var leaf in leaves)
        {
            Tell($"{Figures.Count(records.Count, "record")} read");
            if (await sample.ReadAsync(leaf, chance, ct).ConfigureAwait(false) is not { } record)
            {
                continue;
            }

            var lookup = searches && lookups.Refused is null ? await lookups.AskAsync(record, ct).ConfigureAwait(false) : new Lookup(null, null);
            records.Add((record, lookup.Entry));
            asked += lookup.Found is null ? 0 : 1;
            found += lookup.Found == true ? 1 : 0;
            unclear += searches && lookups.Refused is null && lookup.Found is null ? 1 : 0;
        }

        Tell("Fetching contents from their holders");
        var contents = order.FetchesContents ? await new HolderSample(connections, limits, time).FetchAsync(records, ct).ConfigureAwait(false) : null;
        return (searches ? new LookupResult(ShareEstimate.Of(found, asked), records.Count, unclear, lookups.Refused) : null, contents);
    }

    private void Tell(string step) => Progress?.Report(new AuditProgress(step));

    private sealed class AskedSoFar(Action<int> report) : IProgress<int>
    {
        public void Report(int value) => report(value);
    }
}
