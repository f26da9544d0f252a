using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <param name="Path">Where it came in.</param>
/// <param name="Signature">The header as sent.</param>
internal sealed record ReceivedWebhook(string Path, byte[] Body, string Signature, DateTimeOffset At)
{
    public JsonObject Json { get; } = (JsonObject)JsonNode.Parse(Body)!;

    public int? AnsweredWith { get; set; }

    public string Type => Json["type"]!.ToString();

    public string? InvoiceId => Json["invoiceId"]?.ToString();

    public bool IsSignedWith(string secret) =>
        Signature == $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Body))}";
}

/// <summary>Keeps what is sent to it and answers as told.</summary>
internal sealed class WebhookReceiver : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly TimeProvider _clock;

    private WebhookReceiver(WebApplication app, TimeProvider clock)
    {
        _app = app;
        _clock = clock;
    }

    public ConcurrentQueue<ReceivedWebhook> Received { get; } = [];

    public string Url => _app.Urls.First();

    /// <summary>The status to answer with; null never answers.</summary>
    public Func<ReceivedWebhook, int?> Answer { get; set; } = _ => 200;

    public static async Task<WebhookReceiver> StartAsync(TimeProvider clock)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var receiver = new WebhookReceiver(builder.Build(), clock);
        receiver._app.Run(receiver.ReceiveAsync);
        await receiver._app.StartAsync();
        return receiver;
    }

    public IReadOnlyList<string> Types(string? invoiceId = null) =>
        [.. Received.Where(w => invoiceId is null || w.InvoiceId == invoiceId).Select(w => w.Type)];

    public async ValueTask DisposeAsync()
    {
        using var now = new CancellationTokenSource(TimeSpan.Zero);
        await _app.StopAsync(now.Token);
        await _app.DisposeAsync();
    }

    private async Task ReceiveAsync(HttpContext context)
    {
        if (context.Request.Method != "POST")
        {
            context.Response.StatusCode = 404;
            return;
        }
        using var body = new MemoryStream();
        await context.Request.Body.CopyToAsync(body);
        var webhook = new ReceivedWebhook(context.Request.Path, body.ToArray(), context.Request.Headers["BTCPay-Sig"].ToString(), _clock.GetUtcNow());
        webhook.AnsweredWith = Answer(webhook);
        Received.Enqueue(webhook);
        if (webhook.AnsweredWith is not { } status)
        {
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
            return;
        }
        context.Response.StatusCode = status;
        if (status is 301 or 302)
            context.Response.Headers.Location = "/redirected";
    }
}
