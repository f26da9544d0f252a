using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Download;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Gossip;
using Datt.Paid.Sync.Store;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Sync.Model;

/// <summary>A server as far as the swarm is concerned, from one start to its end: real catalog, real store, real following, on real files.</summary>
internal sealed class ModelServer
{
    private readonly ModelNetwork _network;
    private readonly ModelSite _site;
    private readonly TimeProvider _time;
    private readonly CancellationTokenSource _stop = new();
    private readonly SyncFigures _figures = new();
    private readonly Task _listening;

    private ModelServer(ModelNetwork network, ModelSite site, ContentCatalog catalog, TimeProvider time)
    {
        (_network, _site, _time) = (network, site, time);
        Catalog = catalog;
        var settings = new SyncSettings { Directory = site.Feeds, Neighbours = 2 };
        var store = FeedStore.Open(settings.Directory);
        var keys = new OriginKeys(site.Servers);
        var line = new ModelLine(network, site.Id);
        var runs = new RunFetcher(line, new SourceBook(time), settings, time);
        var work = new FeedWork(
            catalog, store, site.Servers, keys, new ManifestFetcher(line, keys, site.Key), runs, new RunTidying(runs, _figures), Heads, new OriginRules(_ => false), _figures, settings, time,
            NullLogger<FeedWork>.Instance);
        Swarm = new Swarm(catalog, store, site.Servers, keys, work, Heads, site.Key, settings, time, NullLogger<Swarm>.Instance);
        Shelf = new FeedShelf(catalog, store, site.Key);
        Streams = new HeadStreams(Swarm, site.Servers, line, site.Key, settings, time, NullLogger<HeadStreams>.Instance);
        Swarm.Start();
        network.Running[site.Id] = this;
        _listening = Task.Run(() => Streams.RunAsync(_stop.Token));
    }

    public ContentCatalog Catalog { get; }

    public HeadVector Heads { get; } = new();

    public FeedShelf Shelf { get; }

    public Swarm Swarm { get; }

    public HeadStreams Streams { get; }

    public static async Task<ModelServer> StartAsync(ModelNetwork network, ModelSite site, TimeProvider time) => new(
        network, site, await ContentCatalog.OpenAsync(site.Catalog, site.Key, time, site.Files, NullLogger<ContentCatalog>.Instance, CancellationToken.None), time);

    /// <summary>Takes a statement; it is acknowledged when this returns.</summary>
    public async Task TakeAsync(Announcement statement) =>
        Assert.IsType<AppendOutcome.Appended>(await Catalog.AppendAsync([statement], CancellationToken.None));

    public Announcement Announce(string node, string content, string title) =>
        RecordVerifier.Announce(node, new RecordDraft { ContentId = content, Title = title }, _time.GetUtcNow(), out var announcement, out var problem)
            ? announcement
            : throw new ArgumentException(problem.Detail);

    /// <summary>All that is found here: content, shown title, holders.</summary>
    public IReadOnlyList<string> Contents() =>
    [
        .. Catalog.Keys().Select(key => Catalog.TryGet(key, out var entry)
            ? $"{entry.ContentId} '{entry.Description.Title}': {string.Join(", ", entry.Holders.Select(h => $"{h.Node.Origin[..6]}/{h.Node.NodeId}").Order(StringComparer.Ordinal))}"
            : "").Where(line => line.Length > 0).Order(StringComparer.Ordinal),
    ];

    /// <summary>What it says when something is amiss.</summary>
    public string State => $"{_site.Id[..6]}: {string.Join(", ", Heads.All.Select(h => $"{h.Head.Origin[..6]} {h.Head.Epoch}.{h.Head.Version} {h.Head.Manifest.ToString()[..6]}{(h.IsConflicted ? " conflict" : "")}"))}; " +
        $"running {Swarm.Running}, heard {string.Join(", ", _site.Servers.All.Select(o => $"{o.Id[..6]} v{Swarm.NewestHeard(o.Id)?.Version}"))}, own {Catalog.Manifest?.Manifest.Version}; streams {Streams.Open.Count}; " +
        $"positions {string.Join(", ", Catalog.Followed.Select(f => $"{f.Key[..6]} {f.Value.Seq}"))}; " +
        $"{string.Join(", ", _figures.Origins.Where(o => o.Value.Problem is not null).Select(o => $"{o.Key[..6]}: {o.Value.Problem}"))}";

    /// <summary>Ends it, in good order or as when the power goes.</summary>
    public async Task StopAsync(bool isCrash)
    {
        if (isCrash)
            _site.Files.CutPower();
        _network.Leave(_site.Id);
        await _stop.CancelAsync();
        await _listening;
        await Swarm.DisposeAsync();
        await Catalog.DisposeAsync();
        _figures.Dispose();
        _stop.Dispose();
    }
}
