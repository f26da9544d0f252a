using System.Net;
using System.Security.Cryptography;
using System.Text.RegularExpressions;
using Datt.Paid.Cli.Extraction;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Net.Http.Headers;

namespace Datt.Paid.Cli.Sharing;

/// <summary>
/// The node's own small web server: <c>GET /content/{contentId}</c>, by hash only, with ranges. There is no way to name a path, and
/// what is sent has the hash it was asked by, unless it changes while it is being sent.
/// </summary>
public sealed partial class ContentHost : IAsyncDisposable
{
    private const int MaxConnections = 256;
    private readonly WebApplication _app;
    private readonly SharedFolder _folder;
    private readonly ShareLedger _ledger;

    private ContentHost(WebApplication app, SharedFolder folder, ShareLedger ledger) => (_app, _folder, _ledger) = (app, folder, ledger);

    /// <summary>Where it listens.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.Loopback, 0);

    /// <summary>Called when a file was found changed.</summary>
    public Action? Changed { get; init; }

    /// <param name="folder">Nothing outside is ever read.</param>
    /// <param name="ledger">Which file has which content.</param>
    /// <param name="listen">Port 0 takes a free one.</param>
    /// <param name="changed">Called when a file was found changed.</param>
    /// <param name="ct">Cancels the start.</param>
    /// <exception cref="IOException">The address is in use or not of this machine.</exception>
    public static async Task<ContentHost> StartAsync(
        SharedFolder folder, ShareLedger ledger, IPEndPoint listen, Action? changed, CancellationToken ct)
    {
        var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.Logging.ClearProviders();
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = MaxConnections;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(30);
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(10);
            kestrel.Listen(listen);
        });
        var app = builder.Build();
        var host = new ContentHost(app, folder, ledger) { Changed = changed };
        app.Run(host.AnswerAsync);
        try
        {
            await app.StartAsync(ct).ConfigureAwait(false);
        }
        catch
        {
            await app.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        var bound = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
        host.Address = new IPEndPoint(listen.Address, new Uri(bound).Port);
        return host;
    }

    public async ValueTask DisposeAsync()
    {
        // Downloads under way get a moment, not the half minute that is the default.
        using var grace = new CancellationTokenSource(TimeSpan.FromSeconds(2));
        await _app.StopAsync(grace.Token).ConfigureAwait(false);
        await _app.DisposeAsync().ConfigureAwait(false);
    }

    private async Task AnswerAsync(HttpContext context)
    {
        var response = context.Response;
        response.Headers.AccessControlAllowOrigin = "*";
        response.Headers.XContentTypeOptions = "nosniff";
        if (!HttpMethods.IsGet(context.Request.Method) && !HttpMethods.IsHead(context.Request.Method))
        {
            response.StatusCode = StatusCodes.Status405MethodNotAllowed;
            response.Headers.Allow = "GET, HEAD";
            return;
        }

        var match = ContentPath().Match(context.Request.Path.Value ?? "");
        var file = match.Success ? _ledger.With(match.Groups[1].Value) : null;
        if (file is null || await OpenAsync(file, context.RequestAborted).ConfigureAwait(false) is not { } stream)
        {
            response.StatusCode = StatusCodes.Status404NotFound;
            return;
        }

        // A shared page must not run in the name of this address.
        response.Headers.ContentSecurityPolicy = "sandbox; default-src 'none'";
        response.Headers.CacheControl = "public, max-age=31536000, immutable";
        var type = MediaType.Of(file.Path)?.Name ?? "application/octet-stream";
        await Results.Stream(stream, type, entityTag: new EntityTagHeaderValue($"\"{file.ContentId}\""), enableRangeProcessing: true)
            .ExecuteAsync(context).ConfigureAwait(false);
    }

    /// <summary>The file if it still has its content; its hash is taken again when its length or time is another.</summary>
    private async Task<FileStream?> OpenAsync(SharedFile file, CancellationToken ct)
    {
        var stream = _folder.TryOpen(file.Path);
        if (stream is null)
        {
            Changed?.Invoke();
            return null;
        }

        try
        {
            var (length, modifiedAt) = FileReading.Stamp(stream);
            if (length == file.Size && modifiedAt.Ticks == file.ModifiedTicks)
            {
                return stream;
            }

            Changed?.Invoke();
            if (length == file.Size && "sha256:" + Convert.ToHexStringLower(await SHA256.HashDataAsync(stream, ct).ConfigureAwait(false)) == file.ContentId)
            {
                stream.Position = 0;
                return stream;
            }
        }
        catch (IOException)
        {
            // Gone or unreadable while being looked at.
        }
        catch
        {
            await stream.DisposeAsync().ConfigureAwait(false);
            throw;
        }

        await stream.DisposeAsync().ConfigureAwait(false);
        return null;
    }

    [GeneratedRegex(@"\A/content/(sha256:[0-9a-f]{64})\z", RegexOptions.CultureInvariant)]
    private static partial Regex ContentPath();
}
