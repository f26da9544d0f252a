using System.Globalization;
using System.Net;
using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Tests.Torrents;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>Servers that give torrents, and what others see of them over HTTP.</summary>
internal static class TorrentScene
{
    /// <summary>Settings of a server that does.</summary>
    public static Dictionary<string, string?> Settings => new()
    {
        ["Datt:Torrent:Enabled"] = "true",
        ["Datt:Search:Access"] = "Free",
        ["Datt:Federation:AllowPrivateAddresses"] = "true",
    };

    /// <summary>Announces, a run for each batch; no two batches have a content in common.</summary>
    public static async Task AnnounceAsync(ServerOnDisk server, Customer customer, params IEnumerable<int> batches)
    {
        foreach (var batch in batches)
        {
            // Words that do not repeat, so that runs of some length come out.
            await customer.BulkAsync("node-1", [.. Enumerable.Range(0, 150).Select(n =>
                $$"""{"contentId":"b{{batch}}-{{n}}","title":"Number {{n}} of batch{{batch}}","summary":"{{Words(batch, n)}}"}""")]);
            await SealAsync(server);
        }
    }

    public static Task SealAsync(ServerOnDisk server) => server.Services.GetRequiredService<ContentCatalog>().SealAsync();

    /// <summary>The manifest that a server shows of an origin.</summary>
    public static async Task<SignedManifest> ManifestAsync(ServerOnDisk server, string origin)
    {
        var bytes = await server.Anyone.GetByteArrayAsync($"/federation/v1/feeds/{origin}/manifest");
        Assert.True(ManifestCodec.TryDecode(bytes, out var manifest, out var fault), fault.ToString());
        return manifest;
    }

    /// <summary>The torrent, once it is ready.</summary>
    public static async Task<byte[]> TorrentAsync(ServerOnDisk server, string origin)
    {
        byte[]? torrent = null;
        await Eventually.HoldsAsync(async () =>
        {
            using var answer = await server.Anyone.GetAsync($"/torrent/{origin}.torrent");
            if (answer.StatusCode != HttpStatusCode.OK)
                await Refused.WithAsync(answer, HttpStatusCode.ServiceUnavailable, "unavailable");
            else
                torrent = await answer.Content.ReadAsByteArrayAsync();
            return torrent is not null;
        }, $"{server.Address} has made the torrent");
        return torrent!;
    }

    public static IReadOnlyDictionary<string, object> InfoOf(byte[] torrent) => Bencoded.Dictionary(Bencoded.Dictionary(torrent)["info"]);

    public static string NameOf(byte[] torrent) => Bencoded.Text(InfoOf(torrent)["name"]);

    /// <summary>Ids of the runs in it, ordered.</summary>
    public static IReadOnlyList<string> RunsOf(byte[] torrent) => [.. Bencoded.Dictionary(InfoOf(torrent)["file tree"]).Keys];

    public static IReadOnlyList<string> WebSeedsOf(byte[] torrent) => ((List<object>)Bencoded.Dictionary(torrent)["url-list"]).ConvertAll(Bencoded.Text);

    /// <summary>The runs in it, as the feed has them.</summary>
    public static async Task<IReadOnlyDictionary<string, byte[]>> FilesAsync(ServerOnDisk server, byte[] torrent)
    {
        var files = new Dictionary<string, byte[]>();
        foreach (var run in RunsOf(torrent))
            files[run] = await server.Anyone.GetByteArrayAsync($"/federation/v1/runs/{run}");
        return files;
    }

    /// <summary>Announces until the server's own feed has merged a run away and forgotten it.</summary>
    public static async Task MergeAwayAsync(ServerOnDisk server, Customer customer, string run)
    {
        var late = 0;
        await Eventually.HoldsAsync(async () =>
        {
            await customer.AnnounceAsync("node-1", $"sha256:late-{++late}", new { title = $"Late {late}" });
            await SealAsync(server);
            return (await server.Anyone.GetAsync($"/federation/v1/runs/{run}")).StatusCode == HttpStatusCode.NotFound;
        }, "the run was merged away and forgotten");
    }

    /// <summary>Whether what a client loaded is, file by file, what it should be.</summary>
    public static async Task AssertLoadedAsync(string folder, byte[] torrent, IReadOnlyDictionary<string, byte[]> originals)
    {
        var files = Path.Combine(folder, NameOf(torrent));
        Assert.Equal(originals.Keys.Order(StringComparer.Ordinal), Directory.GetFiles(files).Select(Path.GetFileName).Order(StringComparer.Ordinal));
        foreach (var (run, original) in originals)
        {
            var loaded = await File.ReadAllBytesAsync(Path.Combine(files, run));
            Assert.True(original.AsSpan().SequenceEqual(loaded), $"{run} was loaded otherwise than it is.");
        }
    }

    private static string Words(int batch, int n)
    {
        var random = new Random(batch * 10_007 + n);
        return string.Join(' ', Enumerable.Range(0, 40).Select(_ => random.Next().ToString("x", CultureInfo.InvariantCulture)));
    }
}
