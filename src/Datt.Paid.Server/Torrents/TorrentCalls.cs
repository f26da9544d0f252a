using System.Globalization;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Protocol.Torrents;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Server.Sync;
using Datt.Paid.Sync;
using Datt.Paid.Torrents;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Torrents;

/// <summary>
/// Feeds as torrents, and this server as their web seed (BEP 19). Files are found by run id alone: a torrent of any server, however old, is fetched here as long as its runs,
/// or copies of them, are here.
/// </summary>
public static class TorrentCalls
{
    /// <summary>Below which torrents and their files lie.</summary>
    public const string Folder = "/torrent/";

    private const string MediaType = "application/x-bittorrent";
    private const string Tag = "BitTorrent";

    private static readonly byte[] Zeros = new byte[64 * 1_024];

    /// <summary>Maps the calls where the operator wants them; elsewhere there is nothing.</summary>
    public static void MapTorrents(this IEndpointRouteBuilder app)
    {
        if (!app.ServiceProvider.GetRequiredService<TorrentSettings>().Enabled)
            return;
        app.MapGet(Folder + "{origin}.torrent", ShowAsync).WithTags(Tag).Produces(200, contentType: MediaType).Refuses(404, 503).WithName("getTorrent")
            .WithSummary("The newest manifest of an origin as a hybrid torrent, made anew at most every ten minutes; 503 while it is being made.");
        app.MapDescribed(Folder + "{name}/{runId}", ReadFileAsync).Answers<byte[]>("application/octet-stream").AlsoRefuses(404, 416, 429)
            .Names("getTorrentFile", Tag, "A run as a file of a torrent, or the range asked for (BEP 19).");
        app.MapDescribed(Folder + "{name}/" + TorrentInfo.PadFolder + "/{length}", ReadPadAsync).Answers<byte[]>("application/octet-stream").AlsoRefuses(404, 416, 429)
            .Names("getTorrentPadding", Tag, "As many zero bytes, for clients that fetch pad files (BEP 47).");
        app.MapTracker(Tag);
    }

    private static async Task<Results<FileContentHttpResult, Problem>> ShowAsync(
        string origin, HttpResponse response, TorrentShelf torrents, WebSeeds seeds, PublicAddress address, CancellationToken ct)
    {
        switch (ServerPublicKey.IsFingerprint(origin) ? await torrents.GetAsync(origin, ct) : new TorrentAnswer.Unknown())
        {
            case TorrentAnswer.Ready ready:
                var info = ready.Torrent.Info;
                response.Headers.CacheControl = "public, max-age=60";
                return TypedResults.File(info.Metainfo(address.Of(TrackerCalls.Path), seeds.Of(ready), ready.Torrent.CreatedAt), MediaType, info.Name + ".torrent");
            case TorrentAnswer.NotYet notYet:
                return Problem.Unavailable("The torrent is being made, or some of its runs are still on their way here. Ask again.", notYet.RetryAfter);
            case TorrentAnswer.Empty:
                return Problem.NotFound("This feed has no runs yet.");
            case TorrentAnswer.TooLarge large:
                return Problem.NotFound($"This feed has {large.Bytes} bytes; this server makes no torrents so large.");
            default:
                return Problem.NotFound("This server shows no such feed. GET /federation/v1/feeds lists those it shows.");
        }
    }

    private static async Task ReadFileAsync(HttpContext context)
    {
        var services = context.RequestServices;
        if (!IsName(context) || !RunId.TryParse(context.Request.RouteValues["runId"] as string, out var id))
            await NoSuchFile().ExecuteAsync(context);
        else if (services.GetRequiredService<KeptRuns>() is var kept && kept.TryFind(id, out var copy))
            await RunCalls.SendAsync(context, copy, () => kept.Remove(id));
        else if (services.GetRequiredService<FeedShelf>().TryFindRun(id, out var run, out var origin))
            await RunCalls.SendAsync(context, run, () => services.GetRequiredService<RunRepair>().Look(run, origin));
        else
            await NoSuchFile().ExecuteAsync(context);
    }

    private static async Task ReadPadAsync(HttpContext context)
    {
        if (!IsName(context) || !int.TryParse(context.Request.RouteValues["length"] as string, NumberStyles.None, CultureInfo.InvariantCulture, out var bytes)
            || bytes is < 1 or >= PieceLength.Longest)
        {
            await NoSuchFile().ExecuteAsync(context);
            return;
        }
        if (!ByteRange.TryRead(context.Request, bytes, out var range))
        {
            await RunCalls.NotHere().ExecuteAsync(context);
            return;
        }
        if (await context.RequestServices.GetRequiredService<RunGate>().RefusalAsync(context, range.Count) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }
        range.Begin(context.Response);
        for (var rest = range.Count; rest > 0; rest -= Math.Min(rest, Zeros.Length))
            await context.Response.Body.WriteAsync(Zeros.AsMemory(0, (int)Math.Min(rest, Zeros.Length)), context.RequestAborted);
    }

    private static bool IsName(HttpContext context) => context.Request.RouteValues["name"] is string name && TorrentName.IsOne(name);

    private static Problem NoSuchFile() => Problem.NotFound("No such file of a torrent is here, or not any more: take the newest torrent. Torrents are called datt-ORIGIN-EPOCH-VERSION; their files are runs.");
}
