using Datt.Paid.Cli.Commands;
using Datt.Paid.Cli.Fetching;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Demo;

/// <summary>A node of the demonstration: an account of its own, a folder, and what it does with them.</summary>
internal sealed class DemoNode : IAsyncDisposable
{
    private readonly HttpClient _http;
    private readonly CancellationTokenSource _stop = new();
    private readonly TimeProvider _time;
    private readonly Uri _server;
    private Task _sharing = Task.CompletedTask;

    private DemoNode(string name, string folder, Uri server, HttpClient http, DattClient client, TimeProvider time) =>
        (Name, Folder, _server, _http, Client, _time) = (name, folder, server, http, client, time);

    public string Name { get; }

    public string Folder { get; }

    public DattClient Client { get; }

    public static async Task<DemoNode> JoinAsync(string name, string folder, Uri server, TimeProvider time, CancellationToken ct)
    {
        Directory.CreateDirectory(folder);
        var http = new HttpClient { BaseAddress = server };
        var account = await new DattClient(http).Accounts.CreateAsync(new NewAccount(name), ct).ConfigureAwait(false);
        return new DemoNode(name, folder, server, http, new DattClient(http, new DattClientOptions { ApiKey = account.ApiKey, Time = time }), time);
    }

    /// <summary>Shares the folder until the node leaves.</summary>
    /// <returns>Where it listens, and what the first pass came to.</returns>
    public async Task<(Listening Listening, Synced Synced)> ShareAsync(CancellationToken ct)
    {
        var listening = new TaskCompletionSource<Listening>(TaskCreationOptions.RunContinuationsAsynchronously);
        var synced = new TaskCompletionSource<Synced>(TaskCreationOptions.RunContinuationsAsynchronously);
        var session = new ShareSession(Client, _server, new SharedFolder(Folder), ShareLedger.Open(null), new ShareOptions { NodeId = Name }, _time)
        {
            Tell = told => _ = told switch
            {
                Listening at => listening.TrySetResult(at),
                Synced result => synced.TrySetResult(result),
                _ => true,
            },
        };
        _sharing = session.RunAsync(_stop.Token);
        var both = Task.WhenAll(listening.Task, synced.Task);
        if (await Task.WhenAny(both, _sharing).WaitAsync(ct).ConfigureAwait(false) == _sharing)
        {
            await _sharing.ConfigureAwait(false);
        }

        return (await listening.Task.ConfigureAwait(false), await synced.Task.ConfigureAwait(false));
    }

    /// <summary>Fetches a content from a holder into a file of the folder.</summary>
    public async Task<Fetched> FetchAsync(string contentId, string fileName, CancellationToken ct)
    {
        var entry = await Client.Search.ContentAsync(contentId, ct).ConfigureAwait(false);
        using var http = HolderDownload.Http();
        var path = Path.Combine(Folder, fileName);
        await using var file = new FileStream(path, FileMode.Create, FileAccess.ReadWrite);
        var tries = await new HolderDownload(http, new DownloadLimits(), _time).FetchAsync(entry, file, null, ct).ConfigureAwait(false);
        return tries.Count > 0 && tries[^1].Outcome == TryOutcome.Delivered
            ? new Fetched(contentId, path, file.Length, tries[^1].NodeId, tries)
            : throw new CommandFailure(ExitCode.NotDelivered, "not_delivered", $"No holder delivered {contentId}.");
    }

    /// <summary>Says goodbye to the server and stops serving.</summary>
    public async Task LeaveAsync()
    {
        await _stop.CancelAsync().ConfigureAwait(false);
        await _sharing.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    public async ValueTask DisposeAsync()
    {
        await LeaveAsync().ConfigureAwait(false);
        _stop.Dispose();
        _http.Dispose();
    }
}
