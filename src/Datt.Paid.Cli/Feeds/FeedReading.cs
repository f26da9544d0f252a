using System.Collections.Concurrent;
using System.Text;
using Datt.Paid.Client;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Cli.Feeds;

/// <summary>Reads what a server shows of its feeds, and with an operator's key what only he sees. Bounded in feeds and pages.</summary>
public sealed class FeedReading(DattClient client, bool withKey)
{
    /// <summary>Feeds that are read.</summary>
    public const int MaxFeeds = 5_000;

    private const int MaxCardPages = 50;
    private const int AtOnce = 4;

    /// <summary>Reads once.</summary>
    /// <exception cref="DattException">The server does not answer.</exception>
    public async Task<FeedsShown> RunAsync(Uri server, CancellationToken ct)
    {
        var own = await client.Server.CardAsync(ct).ConfigureAwait(false);
        var heads = new List<FeedHead>();
        await foreach (var head in client.Feeds.AllAsync(ct).ConfigureAwait(false))
        {
            heads.Add(head);
            if (heads.Count == MaxFeeds)
            {
                break;
            }
        }

        var report = withKey ? await ReportAsync(ct).ConfigureAwait(false) : null;
        var standings = (report?.Feeds ?? []).ToDictionary(f => f.Origin, StringComparer.Ordinal);
        heads.AddRange(standings.Keys.Except(heads.Select(h => h.Origin), StringComparer.Ordinal).Select(origin => new FeedHead { Origin = origin }).ToList());
        var cards = await CardsAsync(ct).ConfigureAwait(false);
        var feeds = new ConcurrentBag<FeedShown>();
        await Parallel.ForEachAsync(heads, new ParallelOptions { MaxDegreeOfParallelism = AtOnce, CancellationToken = ct }, async (head, each) =>
            feeds.Add(await ShowAsync(head, own.Id, cards.GetValueOrDefault(head.Origin), standings.GetValueOrDefault(head.Origin), each).ConfigureAwait(false)))
            .ConfigureAwait(false);
        return new FeedsShown(
            server.AbsoluteUri, await client.Feeds.DigestAsync(ct).ConfigureAwait(false), [.. feeds.OrderByDescending(f => f.Records).ThenBy(f => f.Origin, StringComparer.Ordinal)],
            heads.Count < MaxFeeds, report);
    }

    private async Task<FeedShown> ShowAsync(FeedHead head, string own, SignedCard? card, FeedStanding? standing, CancellationToken ct)
    {
        var shown = new FeedShown
        {
            Origin = head.Origin,
            Name = card?.Card.Name ?? standing?.Name,
            Own = head.Origin == own,
            Epoch = head.Epoch,
            Version = head.Version,
            Conflict = head.Conflict == true || standing?.Conflict == true,
            Blocked = standing?.Blocked,
            LagSeconds = standing?.LagSeconds,
            LagRecords = standing?.LagRecords,
            Problem = standing?.Problem,
        };
        if (await ManifestAsync(head.Origin, ct).ConfigureAwait(false) is not { } manifest)
        {
            return shown;
        }

        var content = manifest.Manifest;
        return shown with
        {
            Records = content.CreditedLive,
            Runs = content.Runs.Count,
            Bytes = content.Runs.Sum(r => r.Bytes),
            CreatedAt = DateTimeOffset.FromUnixTimeMilliseconds(content.CreatedAt),
            Signed = card is null ? null : ManifestSignature.IsOf(manifest, card),
        };
    }

    private async Task<SignedManifest?> ManifestAsync(string origin, CancellationToken ct)
    {
        try
        {
            var bytes = await client.Feeds.ManifestAsync(origin, ct).ConfigureAwait(false);
            return ManifestCodec.TryDecode(bytes, out var manifest, out _) && manifest.Manifest.Origin == origin ? manifest : null;
        }
        catch (DattException e) when (e.Code is "not_found" or "unavailable" or "quota_exceeded" or DattException.UnexpectedAnswer)
        {
            return null;
        }
    }

    /// <summary>Null where the key is none of an operator. Feeds that are not shown to others yet are in it too.</summary>
    private async Task<FeedReport?> ReportAsync(CancellationToken ct)
    {
        try
        {
            var report = await client.Feeds.ReportAsync(null, ct).ConfigureAwait(false);
            var feeds = report.Feeds.ToList();
            for (var next = report.Next; next is not null && feeds.Count < MaxFeeds;)
            {
                var page = await client.Feeds.ReportAsync(next, ct).ConfigureAwait(false);
                feeds.AddRange(page.Feeds);
                next = page.Feeds.Count == 0 ? null : page.Next;
            }

            return report with { Feeds = feeds, Next = null };
        }
        catch (DattException e) when (e.Code is "unauthorized" or "forbidden" or "not_found")
        {
            return null;
        }
    }

    private async Task<Dictionary<string, SignedCard>> CardsAsync(CancellationToken ct)
    {
        var cards = new Dictionary<string, SignedCard>(StringComparer.Ordinal);
        Take(await client.Server.SignedCardAsync(ct).ConfigureAwait(false), cards);
        string? cursor = null;
        for (var page = 0; page < MaxCardPages; page++)
        {
            var answer = await client.Network.SignedPageAsync(cursor, ct).ConfigureAwait(false);
            foreach (var card in answer.Servers)
            {
                Take(Encoding.UTF8.GetBytes(card.GetRawText()), cards);
            }

            cursor = answer.Next;
            if (cursor is null || answer.Servers.Count == 0)
            {
                break;
            }
        }

        return cards;
    }

    private static void Take(byte[] utf8, Dictionary<string, SignedCard> cards)
    {
        if (SignedCard.TryRead(utf8, out var card, out _))
        {
            cards.TryAdd(card.Card.Id, card);
        }
    }
}
