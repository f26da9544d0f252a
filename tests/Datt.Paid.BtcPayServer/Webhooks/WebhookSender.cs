using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;

namespace Datt.Paid.BtcPayServer.Webhooks;

/// <summary>Hands events to the queues of the webhooks that want them. A restart forgets the queues.</summary>
internal sealed class WebhookSender(TimeProvider clock, Faults faults) : IDisposable
{
    private readonly HttpClient _http = new() { Timeout = Timeout.InfiniteTimeSpan };
    private readonly Lock _gate = new();
    private readonly Dictionary<string, WebhookQueue> _queues = [];
    private CancellationTokenSource _stop = new();
    private TaskCompletionSource _rested = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public void Dispose()
    {
        _stop.Cancel();
        _http.Dispose();
    }

    /// <summary>Throws away everything that waits or is being tried again.</summary>
    public void Forget()
    {
        CancellationTokenSource old;
        lock (_gate)
        {
            old = _stop;
            _stop = new CancellationTokenSource();
            _queues.Clear();
        }
        old.Cancel();
    }

    public void Send(Invoice invoice, InvoiceEvent change)
    {
        Send(invoice.Store, change.Type, json =>
        {
            json["invoiceId"] = invoice.Id;
            json["metadata"] = (change.Type == "InvoiceCreated" ? invoice.Metadata : InvoiceJson.Stored(invoice.Metadata)).DeepClone();
        }, change.Fields);
    }

    public void Send(Store store, string type, Action<JsonObject> about, JsonObject? fields = null)
    {
        var now = clock.GetUtcNow();
        foreach (var webhook in store.Webhooks.Values.Where(w => w.Wants(type)))
        {
            var content = fields is null ? [] : (JsonObject)fields.DeepClone();
            content["type"] = type;
            content["timestamp"] = now.ToUnixTimeSeconds();
            content["storeId"] = store.Id;
            about(content);
            Queue(webhook).Add(new WebhookDelivery(webhook, content, original: null, now));
        }
    }

    /// <summary>Sends an old delivery again, behind what waits, signed with the secret of today.</summary>
    /// <returns>Id of the new delivery.</returns>
    public string Redeliver(Webhook webhook, WebhookDelivery old)
    {
        var again = new WebhookDelivery(webhook, old.Content, old, clock.GetUtcNow());
        Queue(webhook).Add(again);
        return again.Id;
    }

    /// <summary>Returns once nothing more will be sent before the clock moves on.</summary>
    public async Task RestAsync(CancellationToken ct)
    {
        while (true)
        {
            Task rested;
            lock (_gate)
            {
                if (_queues.Values.All(queue => queue.IsAtRest))
                    return;
                rested = _rested.Task;
            }
            await rested.WaitAsync(ct);
        }
    }

    private WebhookQueue Queue(Webhook webhook)
    {
        lock (_gate)
        {
            if (!_queues.TryGetValue(webhook.Id, out var queue))
            {
                queue = new WebhookQueue(webhook, _http, clock, faults, _stop.Token);
                queue.Rested += OnRested;
                _queues.Add(webhook.Id, queue);
            }
            return queue;
        }
    }

    private void OnRested()
    {
        TaskCompletionSource old;
        lock (_gate)
        {
            old = _rested;
            _rested = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        }
        old.SetResult();
    }
}
