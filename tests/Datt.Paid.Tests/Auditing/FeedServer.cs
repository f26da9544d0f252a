using System.Globalization;
using System.Text;
using System.Text.Json;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Tests.Cli;
using Datt.Paid.Tests.Protocol;
using Microsoft.AspNetCore.Http;
using ContentRecord = Datt.Paid.Protocol.Records.ContentRecord;
using ServerCard = Datt.Paid.Protocol.Identity.ServerCard;

namespace Datt.Paid.Tests.Auditing;

/// <summary>A server with a real key and real runs, which serves feeds as well or as badly as a test wants.</summary>
internal sealed class FeedServer : IAsyncDisposable
{
    private readonly Dictionary<string, byte[]> _runs = [];
    private StubServer? _server;
    private int _proofs;

    private FeedServer(string name) => Name = name;

    public string Name { get; }

    public ServerKey Key { get; set; } = ServerKey.Create();

    public string Id => Key.Id;

    public Uri Url { get; private set; } = null!;

    public IEnumerable<Seen> Requests => _server!.Requests;

    /// <summary>Servers whose cards it passes on, and whose feeds it has.</summary>
    public List<FeedServer> Knows { get; } = [];

    /// <summary>Its own manifest; null where it has no feed.</summary>
    public SignedManifest? Manifest { get; set; }

    /// <summary>Records that its search finds besides their holders being listed.</summary>
    public Func<string, bool> Finds { get; set; } = _ => true;

    public double Claims { get; set; } = 1;

    public string Search { get; set; } = "Paid";

    public Func<RunId, long, bool> Lacks { get; set; } = (_, _) => false;

    public Func<RunId, long, bool> LiesAbout { get; set; } = (_, _) => false;

    /// <summary>Proofs until it says 429.</summary>
    public int FreeProofs { get; set; } = int.MaxValue;

    /// <summary>Says 402 to whoever wants runs.</summary>
    public bool SellsRuns { get; set; }

    public EquivocationProof? Conflict { get; set; }

    /// <summary>Answers with somebody else's manifest under this id, or with one of a former version.</summary>
    public Dictionary<string, SignedManifest> Shows { get; } = [];

    public List<ContentRecord> Records { get; } = [];

    /// <summary>Where its nodes serve contents.</summary>
    public string? Endpoint { get; set; }

    public string? Report { get; set; }

    public static async Task<FeedServer> StartAsync(string name)
    {
        var server = new FeedServer(name);
        server._server = await StubServer.StartAsync(server.AnswerAsync);
        server.Url = server._server.Address;
        return server;
    }

    public static ContentRecord Record(int number, long seq, string? contentId = null) => new(
        "node", contentId ?? $"item:{number:000000}", seq, 1_700_000_000_000, new Description { Title = $"Item {number}", Summary = Noise(number) });

    /// <summary>A further manifest with one more run.</summary>
    public RunInfo Add(IReadOnlyList<ContentRecord> inKeyOrder, long? live = null)
    {
        Records.AddRange(inKeyOrder);
        var (minSeq, maxSeq) = (inKeyOrder.Min(r => r.Seq), inKeyOrder.Max(r => r.Seq));
        var (bytes, info) = RunSamples.Write(new RunScope(0, minSeq, maxSeq), inKeyOrder);
        _runs[info.Id.ToString()] = bytes;
        Sign([.. Manifest?.Manifest.Runs ?? [], info], live ?? (Manifest?.Manifest.Live ?? 0) + inKeyOrder.Count(r => !r.IsTombstone));
        return info;
    }

    public void Sign(IReadOnlyList<RunInfo> runs, long live) => Manifest = ManifestCodec.Sign(
        new Manifest
        {
            Origin = Id,
            Epoch = 1,
            Version = (Manifest?.Manifest.Version ?? 0) + 1,
            Previous = Manifest?.Hash,
            Runs = runs,
            Live = live,
            Retired = Retired.None.Hash,
            CreatedAt = 1_700_000_000_000,
        }, Key);

    public byte[] Card() => SignedCard.Sign(
        new ServerCard
        {
            Id = Id,
            Name = Name,
            Url = Url.AbsoluteUri,
            PublicKey = Convert.ToBase64String(Key.PublicKey.Spki.Span),
            Software = "test",
            Version = "1",
            SearchAccess = Search,
            FederationAccess = "Free",
            Price = Search == "Paid" ? new CardPrice("0.25", "USD", "month") : null,
            Coverage = new CardCoverage((long)(1_000 * Claims), 1, 1_000, Claims),
            Nodes = new CardNodes(3, 4),
            Time = TimeProvider.System.GetUtcNow(),
        }, Key).Utf8.ToArray();

    public async ValueTask DisposeAsync()
    {
        if (_server is not null)
        {
            await _server.DisposeAsync();
        }
    }

    /// <summary>From now on nobody is there.</summary>
    public async Task StopAsync()
    {
        await _server!.DisposeAsync();
    }

    private IEnumerable<FeedServer> All => Knows.Prepend(this);

    private async Task AnswerAsync(HttpContext context, Seen seen)
    {
        string[] parts = seen.Path.Trim('/').Split('/');
        Task Json(string text)
        {
            context.Response.ContentType = "application/json";
            return context.Response.WriteAsync(text);
        }

        Task Bytes(byte[]? bytes)
        {
            context.Response.StatusCode = bytes is null ? 404 : context.Response.StatusCode;
            return bytes is null ? Task.CompletedTask : context.Response.Body.WriteAsync(bytes).AsTask();
        }

        Task Refuse(int status)
        {
            context.Response.StatusCode = status;
            return Task.CompletedTask;
        }

        await (parts switch
        {
            ["api", "v1", "server"] => Bytes(Card()),
            ["federation", "v1", "servers"] => Json($$"""{"servers":[{{string.Join(',', Knows.Select(k => Encoding.UTF8.GetString(k.Card())))}}],"next":null}"""),
            ["federation", "v1", "feeds"] => Feeds(),
            ["federation", "v1", "feeds", var origin, "manifest"] => Bytes(ManifestOf(origin)),
            ["federation", "v1", "feeds", var origin, "conflict"] => Bytes(All.FirstOrDefault(s => s.Id == origin)?.Conflict?.Encode()),
            ["federation", "v1", "runs", var run, "proof"] => ++_proofs > FreeProofs ? Refuse(429) : Proof(run),
            ["federation", "v1", "runs", ..] when SellsRuns => Refuse(402),
            ["federation", "v1", "runs", var run, "leaves"] => Bytes(Run(run) is { } bytes ? [.. MerkleTree.Of(bytes).Leaves.SelectMany(l => l.ToArray())] : null),
            ["federation", "v1", "runs", var run] => Range(run),
            ["api", "v1", "nodes"] => Json($$"""{"nodes":[{"nodeId":"node","endpoints":[{{(Endpoint is null ? "" : $"\"{Endpoint}\"")}}],"online":true}],"next":null}"""),
            ["api", "v1", "content", var id] => Search == "Paid" && !seen.Headers.ContainsKey("Authorization") ? Refuse(402) : Content(Uri.UnescapeDataString(id)),
            ["api", "v1", "admin", "feeds"] => Report is null ? Refuse(403) : Json(Report),
            ["api", "v1", "admin", "feeds", var origin, var verb] => Json($$"""{"origin":"{{origin}}","outcome":"{{(verb == "forget" ? "forgotten" : "upToDate")}}"}"""),
            _ => Refuse(404),
        });

        Task Feeds()
        {
            var feeds = All.Where(s => s.Manifest is not null).OrderBy(s => s.Id, StringComparer.Ordinal).Select(s => new
            {
                origin = s.Id,
                epoch = s.Manifest!.Manifest.Epoch,
                version = s.Manifest.Manifest.Version,
                manifest = s.Manifest.Hash.ToString(),
                conflict = s.Conflict is null ? (bool?)null : true,
            });
            context.Response.Headers.ETag = "\"0123\"";
            return Json(JsonSerializer.Serialize(new { feeds, next = (string?)null }));
        }

        Task Proof(string run)
        {
            var leaf = long.Parse(seen.Query.Split('=')[1], CultureInfo.InvariantCulture);
            if (!RunId.TryParse(run, out var id) || Run(run) is not { } bytes || Lacks(id, leaf))
            {
                return Refuse(404);
            }

            var data = bytes.AsSpan((int)leaf * MerkleTree.LeafSize, (int)Math.Min(MerkleTree.LeafSize, bytes.Length - leaf * MerkleTree.LeafSize)).ToArray();
            data[0] ^= (byte)(LiesAbout(id, leaf) ? 1 : 0);
            return Json(JsonSerializer.Serialize(new { leaf = data, path = MerkleTree.Of(bytes).PathOf(leaf).Select(h => h.ToArray()) }));
        }

        Task Range(string run)
        {
            var range = seen.Headers["Range"]["bytes=".Length..].Split('-').Select(int.Parse).ToArray();
            context.Response.StatusCode = 206;
            return Bytes(Run(run)?[range[0]..(range[1] + 1)]);
        }

        Task Content(string id)
        {
            var holders = All.SelectMany(s => s.Records.GroupBy(r => r.ContentId).Select(g => g.MaxBy(r => r.Seq)!).Where(r => r.ContentId == id && !r.IsTombstone)
                .Select(r => new { nodeId = r.NodeId, server = s.Id, online = true, endpoints = s.Endpoint is { } e ? new[] { e } : [] })).ToList();
            return holders.Count == 0 || !Finds(id) ? Refuse(404) : Json(JsonSerializer.Serialize(new { contentId = id, title = "x", holders }));
        }
    }

    private byte[]? Run(string id) => All.Select(s => s._runs.GetValueOrDefault(id)).FirstOrDefault(b => b is not null);

    private byte[]? ManifestOf(string origin) =>
        (Shows.GetValueOrDefault(origin) ?? All.FirstOrDefault(s => s.Id == origin)?.Manifest) is { } manifest ? ManifestCodec.Encode(manifest) : null;

    /// <summary>What zstd cannot make small, so that few records fill many leaves.</summary>
    private static string Noise(int seed)
    {
        var chance = new Datt.Paid.Cli.Auditing.Chance((ulong)seed + 1);
        var text = new StringBuilder();
        while (text.Length < 3_000)
        {
            text.Append(Convert.ToBase64String(BitConverter.GetBytes(chance.Next())));
        }

        return text.ToString();
    }
}
