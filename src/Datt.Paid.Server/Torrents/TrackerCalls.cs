using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using Datt.Paid.Protocol.Addresses;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Torrents;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;

namespace Datt.Paid.Server.Torrents;

/// <summary>
/// The HTTP tracker (BEP 3) for torrents made here, with compact peers (BEP 23) and IPv6 (BEP 7). What it refuses it says as clients expect it: with status 200 and a
/// <c>failure reason</c>.
/// </summary>
public static class TrackerCalls
{
    /// <summary>Where clients announce themselves.</summary>
    public const string Path = TorrentCalls.Folder + "announce";

    private static readonly QueryParameters Parameters = new(
    [
        new("info_hash", JsonSchemaType.String, "20 bytes, percent-encoded: of version 1, or the first of version 2."),
        new("port", JsonSchemaType.Integer, "Where the client listens, 1 to 65535."),
        new("left", JsonSchemaType.Integer, "Bytes that are left to load; 0 for a seed."),
        new("event", JsonSchemaType.String, "What happened.", "started", "completed", "stopped", "empty"),
        new("numwant", JsonSchemaType.Integer, $"Peers to be told of, at most {PeerTable.MostTold}."),
    ]);

    public static void MapTracker(this IEndpointRouteBuilder app, string tag) =>
        app.MapDescribed(Path, AnnounceAsync).Answers<byte[]>("text/plain").Describes(Parameters)
            .Names("announceTorrentPeer", tag, "Tracker of the torrents made here: bencoded, compact peers; refusals as 'failure reason'.");

    private static async Task AnnounceAsync(HttpContext context)
    {
        var body = Answer(context);
        context.Response.ContentType = "text/plain";
        context.Response.ContentLength = body.Length;
        context.Response.Headers.CacheControl = "no-store";
        await context.Response.Body.WriteAsync(body, context.RequestAborted);
    }

    private static byte[] Answer(HttpContext context)
    {
        var services = context.RequestServices;
        if (!AnnounceQuery.TryRead(context.Request.QueryString.Value, out var query, out var problem))
            return Failure(problem);
        if (context.Connection.RemoteIpAddress is not { } address)
            return Failure("your address is not known");
        if (!services.GetRequiredService<TorrentShelf>().Knows(query.Torrent))
            return Failure("no torrent of this server, or an old one: take the newest, or go on with its web seeds");
        if (address.IsIPv4MappedToIPv6)
            address = address.MapToIPv4();
        // Nobody is sent to an address that means something else to him.
        var isListed = AddressRules.Allows(
            AddressRules.Judge(address), services.GetRequiredService<IOptions<FederationSettings>>().Value.AllowPrivateAddresses);
        var peer = new IPEndPoint(new IPAddress(address.GetAddressBytes()), query.Port);
        var answer = services.GetRequiredService<PeerTable>().Announce(
            new PeerAnnounce(query.Torrent, peer, ClientAddress.Of(address), query.IsSeed, query.IsStopped, isListed, query.Wanted),
            services.GetRequiredService<TimeProvider>().GetUtcNow());
        return Write(answer, services.GetRequiredService<TorrentSettings>().AnnounceInterval);
    }

    private static byte[] Write(PeerAnswer answer, TimeSpan interval)
    {
        var to = new BencodeWriter();
        to.BeginDictionary();
        to.Key("complete");
        to.Integer(answer.Seeds);
        to.Key("incomplete");
        to.Integer(answer.Leechers);
        to.Key("interval");
        to.Integer((long)interval.TotalSeconds);
        to.Key("min interval");
        to.Integer((long)Math.Min(60, interval.TotalSeconds));
        to.Key("peers");
        to.Bytes(Compact(answer.Peers, AddressFamily.InterNetwork));
        to.Key("peers6");
        to.Bytes(Compact(answer.Peers, AddressFamily.InterNetworkV6));
        to.End();
        return to.ToArray();
    }

    private static byte[] Failure(string reason)
    {
        var to = new BencodeWriter();
        to.BeginDictionary();
        to.Key("failure reason");
        to.Text(reason);
        to.End();
        return to.ToArray();
    }

    /// <summary>Address and port of each peer of a family, in network order, one after the other.</summary>
    private static byte[] Compact(IReadOnlyList<IPEndPoint> peers, AddressFamily family)
    {
        var bytes = new List<byte>();
        Span<byte> port = stackalloc byte[2];
        foreach (var peer in peers)
        {
            if (peer.AddressFamily != family)
                continue;
            bytes.AddRange(peer.Address.GetAddressBytes());
            BinaryPrimitives.WriteUInt16BigEndian(port, (ushort)peer.Port);
            bytes.AddRange(port);
        }
        return [.. bytes];
    }
}
