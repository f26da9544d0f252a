using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.BtcPayServer.Webhooks;

/// <summary>
/// BTCPay's queue of one webhook: in memory, in order, one at a time. A failing event holds up all later ones while it is tried again after 10 s, 1 min
/// and six times 10 min, and only where there was no answer or it was 408, 429 or 5xx.
/// </summary>
internal sealed class WebhookQueue(Webhook webhook, HttpClient http, TimeProvider clock, Faults faults, CancellationToken stop)
{
    /// <summary>Waits before the second and each further attempt.</summary>
    public static readonly IReadOnlyList<TimeSpan> Retries =
    [
        TimeSpan.FromSeconds(10), TimeSpan.FromMinutes(1), .. Enumerable.Repeat(TimeSpan.FromMinutes(10), 6),
    ];

    /// <summary>How long an answer may take.</summary>
    public static readonly TimeSpan AnswerWithin = TimeSpan.FromSeconds(100);

    private readonly Lock _gate = new();
    private readonly Queue<WebhookDelivery> _waiting = [];
    private readonly List<DateTimeOffset> _sleeping = [];
    private int _working;
    private bool _running;

    /// <summary>Called whenever the queue may have come to rest.</summary>
    public event Action? Rested;

    /// <summary>Nothing will happen before the clock moves on.</summary>
    public bool IsAtRest
    {
        get
        {
            lock (_gate)
            {
                var now = clock.GetUtcNow();
                return _working == 0 && _sleeping.All(until => until > now) && (_waiting.Count == 0 || (_running && _sleeping.Count > 0));
            }
        }
    }

    public void Add(WebhookDelivery delivery)
    {
        lock (_gate)
        {
            _waiting.Enqueue(delivery);
            if (_running)
                return;
            _running = true;
            _working++;
        }
        _ = Task.Run(WorkAsync);
    }

    private async Task WorkAsync()
    {
        try
        {
            while (true)
            {
                WebhookDelivery? delivery;
                lock (_gate)
                {
                    if (stop.IsCancellationRequested || !_waiting.TryDequeue(out delivery))
                    {
                        _running = false;
                        _working--;
                        break;
                    }
                }
                await DeliverAsync(delivery);
            }
        }
        catch (OperationCanceledException)
        {
            lock (_gate)
            {
                _waiting.Clear();
                _working--;
            }
        }
        Rested?.Invoke();
    }

    private async Task DeliverAsync(WebhookDelivery delivery)
    {
        for (var attempt = 0; ; attempt++)
        {
            var fault = faults.Webhook?.Invoke(new WebhookAttempt(webhook.Id, delivery.Type, delivery.InvoiceId, attempt)) ?? new WebhookFault();
            if (fault.Drop)
                return;
            if (fault.Late > TimeSpan.Zero)
            {
                lock (_gate)
                    _working++;
                _ = SendLateAsync(delivery, fault);
                return;
            }
            await SleepAsync(fault.Delay);
            if (!await SendAsync(delivery, fault) || !webhook.AutomaticRedelivery || attempt == Retries.Count)
                return;
            await SleepAsync(Retries[attempt]);
            delivery = new WebhookDelivery(webhook, delivery.Content, delivery, clock.GetUtcNow());
        }
    }

    private async Task SendLateAsync(WebhookDelivery delivery, WebhookFault fault)
    {
        try
        {
            await SleepAsync(fault.Late);
            await SendAsync(delivery, fault);
        }
        catch (OperationCanceledException)
        {
            // Lost with the process.
        }
        lock (_gate)
            _working--;
        Rested?.Invoke();
    }

    private async Task SleepAsync(TimeSpan time)
    {
        if (time <= TimeSpan.Zero)
            return;
        var until = clock.GetUtcNow() + time;
        var sleep = Task.Delay(time, clock, stop);
        lock (_gate)
        {
            _sleeping.Add(until);
            _working--;
        }
        Rested?.Invoke();
        try
        {
            await sleep;
        }
        finally
        {
            lock (_gate)
            {
                _sleeping.Remove(until);
                _working++;
            }
        }
    }

    /// <returns>Whether it is worth another attempt.</returns>
    private async Task<bool> SendAsync(WebhookDelivery delivery, WebhookFault fault)
    {
        lock (webhook.Log)
            webhook.Log.Add(delivery);
        var again = false;
        for (var copy = 0; copy < fault.Copies; copy++)
            again = await PostAsync(delivery, fault.WrongSignature);
        return again;
    }

    private async Task<bool> PostAsync(WebhookDelivery delivery, bool wrongSignature)
    {
        using var timeout = new CancellationTokenSource(AnswerWithin, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(timeout.Token, stop);
        var secret = Encoding.UTF8.GetBytes(wrongSignature ? $"not {webhook.Secret}" : webhook.Secret);
        using var request = new HttpRequestMessage(HttpMethod.Post, webhook.Url) { Content = new ByteArrayContent(delivery.Body) };
        request.Content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        request.Headers.TryAddWithoutValidation("User-Agent", $"BTCPayServer/{BtcPayTestServer.Version}");
        request.Headers.TryAddWithoutValidation("BTCPay-Sig", $"sha256={Convert.ToHexStringLower(HMACSHA256.HashData(secret, delivery.Body))}");
        try
        {
            using var answer = await http.SendAsync(request, either.Token);
            delivery.HttpCode = (int)answer.StatusCode;
            delivery.Status = answer.IsSuccessStatusCode ? "HttpSuccess" : "HttpError";
            delivery.Error = answer.IsSuccessStatusCode ? null : $"HTTP Error Code {delivery.HttpCode}";
            return answer.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests || delivery.HttpCode >= 500;
        }
        catch (OperationCanceledException) when (!stop.IsCancellationRequested)
        {
            delivery.Error = "The request was canceled due to the configured HttpClient.Timeout of 100 seconds elapsing.";
            return true;
        }
        catch (HttpRequestException e)
        {
            delivery.Error = e.Message;
            return true;
        }
    }
}
