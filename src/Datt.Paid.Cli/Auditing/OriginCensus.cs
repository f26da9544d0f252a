using System.Collections.Concurrent;
using System.Text;
using Datt.Paid.Cli.Feeds;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Cli.Auditing;

/// <summary>An origin of the auditor's list.</summary>
/// <param name="Card">Its newest card that was seen, checked.</param>
/// <param name="Manifest">Its newest manifest that was seen, checked against the card's keys.</param>
/// <param name="Url">Where it answers; null where it is silent.</param>
internal sealed record AuditedOrigin(SignedCard Card, SignedManifest Manifest, Uri? Url)
{
    public string Id => Card.Card.Id;

    /// <summary>Live records it is credited with.</summary>
    public long Records => Manifest.Manifest.CreditedLive;

    public DrawnFeed Feed => new(Id, Records, Manifest.Manifest.Runs);
}

/// <summary>An origin that does not count, and why.</summary>
public sealed record SkippedOrigin(string Origin, string? Name, string Reason);

/// <summary>The network as the auditor knows it.</summary>
/// <param name="Origins">Those that count.</param>
/// <param name="Skipped">Those that do not.</param>
/// <param name="Witnesses">Servers that answer, the audited one not among them.</param>
/// <param name="TakenAt">When all manifests were there: what they list was announced before.</param>
internal sealed record AuditedNetwork(
    IReadOnlyList<AuditedOrigin> Origins, IReadOnlyList<SkippedOrigin> Skipped, IReadOnlyList<Uri> Witnesses, DateTimeOffset TakenAt)
{
    /// <summary>
    /// Waits until what was announced last can be expected everywhere. False where that was so long ago already, and nothing needs to be asked again.
    /// </summary>
    public async Task<bool> SettleAsync(AuditLimits limits, TimeProvider time, CancellationToken ct)
    {
        var left = TakenAt + limits.SecondAsk - time.GetUtcNow();
        if (left <= TimeSpan.Zero)
        {
            return false;
        }

        await Task.Delay(left, time, ct).ConfigureAwait(false);
        return true;
    }
}

/// <summary>
/// Finds the newest signed manifest of each origin: from the origin itself if it answers, else from anybody, the audited server last. An origin counts
/// if its card is at most seven days old and nobody proves that it cheated.
/// </summary>
internal sealed class OriginCensus(AuditConnections connections, AuditLimits limits, TimeProvider time)
{
    private const int MaxCardPages = 20;
    private const int MaxFeedPages = 100;

    private readonly ConcurrentBag<SkippedOrigin> _skipped = [];

    /// <param name="cards">Of the servers that answered, by id.</param>
    /// <param name="urls">Where each of them answered.</param>
    /// <param name="lists">Servers whose lists of others are read, for the cards of those that are silent now.</param>
    /// <param name="ct">Ends it.</param>
    public async Task<AuditedNetwork> TakeAsync(
        IReadOnlyDictionary<string, SignedCard> cards, IReadOnlyDictionary<string, Uri> urls, IReadOnlyList<Uri> lists, CancellationToken ct)
    {
        var known = new Dictionary<string, SignedCard>(cards, StringComparer.Ordinal);
        var suspects = new HashSet<string>(StringComparer.Ordinal);
        foreach (var list in lists)
        {
            await ReadCardsAsync(list, known, ct).ConfigureAwait(false);
            await ReadConflictsAsync(list, suspects, ct).ConfigureAwait(false);
        }

        var witnesses = urls.Values.Where(u => u != connections.Audited).ToList();
        var origins = new ConcurrentBag<AuditedOrigin>();
        await Parallel.ForEachAsync(known.Values, new ParallelOptions { MaxDegreeOfParallelism = limits.ServersAtOnce, CancellationToken = ct }, async (card, each) =>
        {
            if (await OriginAsync(card, urls.GetValueOrDefault(card.Card.Id), witnesses, suspects.Contains(card.Card.Id), each).ConfigureAwait(false) is { } origin)
            {
                origins.Add(origin);
            }
        }).ConfigureAwait(false);
        return new AuditedNetwork(
            [.. origins.OrderBy(o => o.Id, StringComparer.Ordinal)], [.. _skipped.OrderBy(s => s.Origin, StringComparer.Ordinal)], witnesses, time.GetUtcNow());
    }

    /// <summary>A manifest that was asked for anew; null where none that is valid came.</summary>
    public async Task<SignedManifest?> ManifestAsync(Uri server, SignedCard card, CancellationToken ct) => (await AskAsync(server, card, ct).ConfigureAwait(false)).Manifest;

    private async Task<(SignedManifest? Manifest, bool HasNone)> AskAsync(Uri server, SignedCard card, CancellationToken ct)
    {
        var asked = await connections.AskAsync(each => connections.At(server).Feeds.ManifestAsync(card.Card.Id, each), ct).ConfigureAwait(false);
        return asked.Value is { } bytes && ManifestCodec.TryDecode(bytes, out var manifest, out _) && ManifestSignature.IsOf(manifest, card)
            ? (manifest, false)
            : (null, asked.Code == "not_found");
    }

    private async Task<AuditedOrigin?> OriginAsync(SignedCard card, Uri? url, List<Uri> witnesses, bool suspect, CancellationToken ct)
    {
        if (!CardSuccession.Accepts(CardSuccession.Judge(null, card, time.GetUtcNow())))
        {
            return Skip(card, "its card is older than seven days, or from the future");
        }

        if (suspect && await CheatedAsync(card, witnesses, ct).ConfigureAwait(false))
        {
            return Skip(card, "it signed two manifests that cannot both be true; its records count as 0");
        }

        var (manifest, hasNone) = url is null ? (null, false) : await AskAsync(url, card, ct).ConfigureAwait(false);
        if (manifest is null)
        {
            foreach (var witness in witnesses.Take(limits.Witnesses).Append(connections.Audited))
            {
                if (await ManifestAsync(witness, card, ct).ConfigureAwait(false) is { } other && (manifest is null || other.Head.IsNewerThan(manifest.Head)))
                {
                    manifest = other;
                }
            }
        }

        if (manifest is not null)
        {
            return new AuditedOrigin(card, manifest, url);
        }

        // A server on which nobody announced anything yet has no feed, and that is all right.
        return hasNone ? null : Skip(card, "nobody has a manifest that it signed");
    }

    private AuditedOrigin? Skip(SignedCard card, string reason)
    {
        _skipped.Add(new SkippedOrigin(card.Card.Id, card.Card.Name, reason));
        return null;
    }

    private async Task<bool> CheatedAsync(SignedCard card, List<Uri> witnesses, CancellationToken ct)
    {
        foreach (var witness in witnesses.Take(limits.Witnesses).Append(connections.Audited))
        {
            var asked = await connections.AskAsync(each => connections.At(witness).Feeds.ConflictAsync(card.Card.Id, each), ct).ConfigureAwait(false);
            if (asked.Value is { } bytes && EquivocationProof.TryDecode(bytes, out var proof, out _) && ManifestSignature.IsOf(proof, card))
            {
                return true;
            }
        }

        return false;
    }

    private async Task ReadCardsAsync(Uri list, Dictionary<string, SignedCard> known, CancellationToken ct)
    {
        string? cursor = null;
        for (var page = 0; page < MaxCardPages; page++)
        {
            var asked = await connections.AskAsync(each => connections.At(list).Network.SignedPageAsync(cursor, each), ct).ConfigureAwait(false);
            foreach (var json in asked.Value?.Servers ?? [])
            {
                if (SignedCard.TryRead(Encoding.UTF8.GetBytes(json.GetRawText()), out var card, out _)
                    && (!known.TryGetValue(card.Card.Id, out var held) || CardSuccession.Accepts(CardSuccession.Judge(held, card, time.GetUtcNow()))))
                {
                    known[card.Card.Id] = card;
                }
            }

            cursor = asked.Value?.Next;
            if (cursor is null || asked.Value!.Servers.Count == 0)
            {
                return;
            }
        }
    }

    private async Task ReadConflictsAsync(Uri list, HashSet<string> suspects, CancellationToken ct)
    {
        string? cursor = null;
        for (var page = 0; page < MaxFeedPages; page++)
        {
            var asked = await connections.AskAsync(each => connections.At(list).Feeds.PageAsync(cursor, each), ct).ConfigureAwait(false);
            suspects.UnionWith((asked.Value?.Feeds ?? []).Where(f => f.Conflict == true).Select(f => f.Origin));
            cursor = asked.Value?.Next;
            if (cursor is null || asked.Value!.Feeds.Count == 0)
            {
                return;
            }
        }
    }
}
