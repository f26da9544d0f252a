using Datt.Paid.Nodes;
using Datt.Paid.Pricing;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Pricing;
using Datt.Paid.Subscriptions;
using Datt.Paid.Torrents;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Federation;

/// <summary>This server's own card, signed anew at most once a second.</summary>
public sealed class ServerCards(
    ServerKey key, PublicAddress address, PriceBook prices, CoverageMeter coverage, NodeRegistry nodes, IOptions<ServerSettings> server,
    IOptions<SearchAccessOptions> search, IOptions<FederationSettings> federation, TorrentSettings torrents, TimeProvider time)
{
    /// <summary>What the card calls this program.</summary>
    public const string Software = "Datt.Paid";

    private static readonly TimeSpan Fresh = TimeSpan.FromSeconds(1);

    private SignedCard? _newest;

    /// <summary>The version of this program.</summary>
    public static string Version { get; } = typeof(ServerCards).Assembly.GetName().Version?.ToString(3) ?? "0";

    /// <summary>The card as of now.</summary>
    public SignedCard Own()
    {
        var now = time.GetUtcNow();
        var newest = Volatile.Read(ref _newest);
        if (newest is not null && now - newest.Card.Time < Fresh && now >= newest.Card.Time)
            return newest;
        var signed = SignedCard.Sign(Describe(now), key);
        Volatile.Write(ref _newest, signed);
        return signed;
    }

    private ServerCard Describe(DateTimeOffset now)
    {
        var covers = coverage.Now;
        var monthly = prices.At(now).Monthly;
        return new ServerCard
        {
            Id = key.Id,
            Name = server.Value.Name is { Length: > 0 } name ? name : System.Net.Dns.GetHostName(),
            Url = address.Base,
            PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
            Software = Software,
            Version = Version,
            SearchAccess = search.Value.Access.ToString(),
            FederationAccess = federation.Value.Access.ToString(),
            SeedsTorrents = torrents.Enabled,
            // What is sold has its price in the card: searches, runs, or both.
            Price = search.Value.Access == SearchAccess.Free && federation.Value.Access != FederationAccess.Paid ? null : new CardPrice(monthly.ToPriceString(), monthly.Currency, "month"),
            Coverage = new CardCoverage(covers.Records, covers.Origins, covers.NetworkRecords, double.Round((double)covers.Ratio, 6)),
            Nodes = new CardNodes(nodes.CountOnline(now), nodes.Known),
            Time = now,
        };
    }
}
