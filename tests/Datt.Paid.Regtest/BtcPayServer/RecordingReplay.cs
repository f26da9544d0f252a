using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Datt.Paid.BtcPayServer;
using Datt.Paid.BtcPayServer.Lightning;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>
/// Does to the test server what was done to the real one, call by call and payment by payment on a clock that follows the recording's, and notes where
/// answers or webhooks differ.
/// </summary>
internal sealed partial class RecordingReplay : IAsyncDisposable
{
    private const string FirstStore = "GoHuoi8DDDL46NBYRZ5wZMd7KcdYcpxabWscpr1pgxss";
    private const string RecordedReceiver = "http://127.0.0.1:18999";

    private readonly Recording _recording;
    private readonly BtcPayTestServer _server;
    private readonly WebhookReceiver _receiver;
    private readonly FakeTimeProvider _clock;
    private readonly HttpClient _http;
    private readonly ReplayNames _names = new();
    private readonly Dictionary<string, (string Address, long Sats)> _payments = [];
    private readonly HashSet<string> _ownInvoices = [];
    private readonly decimal _feeRate;
    private readonly string _owner;
    private readonly DateTimeOffset _start;
    private string _lastPayment = "";
    private bool _foreignBlockCame;

    private RecordingReplay(Recording recording, BtcPayTestServer server, WebhookReceiver receiver, FakeTimeProvider clock, HttpMessageHandler? handler)
    {
        _recording = recording;
        _server = server;
        _receiver = receiver;
        _clock = clock;
        _start = clock.GetUtcNow();
        _http = handler is null ? new HttpClient() : new HttpClient(handler);
        _owner = server.CreateApiKey();
        _feeRate = FeeRate();
        server.Store.FeeRate = _feeRate;
        server.Store.Lightning = false;
        if (recording.Steps.Any(step => step["label"]?.ToString().Contains("webhook fails (503)", StringComparison.Ordinal) ?? false))
            receiver.Answer = _ => 503;
        _names[FirstStore] = server.StoreId;
        _names[RecordedReceiver] = receiver.Url;
        foreach (var payment in Payments())
            _payments[payment["id"]!.ToString().Split('-')[0]] = (payment["destination"]!.ToString(), Sats(payment["value"]!.ToString()));
    }

    /// <summary>What differs, step by step.</summary>
    public List<string> Differences { get; } = [];

    /// <summary>How many answers were compared.</summary>
    public int Compared { get; private set; }

    public static async Task<RecordingReplay> StartAsync(Recording recording, HttpMessageHandler? handler = null)
    {
        var first = recording.Steps.First(step => step["at"] is not null);
        var clock = new FakeTimeProvider(DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds((double)first["at"]!));
        var server = await BtcPayTestServer.StartAsync(new BtcPayTestServerOptions { Clock = clock });
        var receiver = await WebhookReceiver.StartAsync(clock);
        var replay = new RecordingReplay(recording, server, receiver, clock, handler);
        await replay.SetUpAsync();
        return replay;
    }

    public async Task RunAsync()
    {
        foreach (var step in _recording.Steps)
        {
            await AdvanceAsync(step);
            if (Recording.Is(step, "http"))
                await CallAsync(step);
            else if (Recording.Is(step, "chain"))
                await ActAsync(step);
        }
        await RestAsync();
        await AdvanceToAsync(_recording.Deliveries.Select(delivery => (double)delivery["at"]!).DefaultIfEmpty().Max());
        CompareWebhooks();
    }

    public async ValueTask DisposeAsync()
    {
        await _server.DisposeAsync();
        await _receiver.DisposeAsync();
        _http.Dispose();
    }

    /// <summary>The keys and webhooks that the first recording made for those after it.</summary>
    private async Task SetUpAsync()
    {
        foreach (var step in Recording.Read(1).Steps.Where(step => Recording.Is(step, "http")))
        {
            var path = step["request"]!["path"]!.ToString();
            var answer = step["response"]!["body"];
            if (path == "/api/v1/api-keys" && answer is JsonObject key && key.ContainsKey("apiKey"))
            {
                var permissions = ((JsonArray)key["permissions"]!).Select(permission => _names.Translate(permission!.ToString())).ToList();
                _names[key["apiKey"]!.ToString()] = _server.CreateApiKey(permissions);
            }
            else if (path.EndsWith("/webhooks", StringComparison.Ordinal) && step["request"]!["method"]!.ToString() == "POST")
            {
                var (_, made) = await SendAsync("POST", path, step["request"]!["body"], _owner);
                _names.Learn(answer, made);
            }
        }
    }

    private async Task CallAsync(JsonObject step)
    {
        var request = step["request"]!;
        var path = request["path"]!.ToString();
        var label = $"{step["label"]} ({request["method"]} {path})";
        if (NotServed().IsMatch(path) || NotCompared.Contains(label) || (InvoicePath().Match(path) is { Success: true } invoice && IsForeign(invoice.Groups[1].Value)))
            return;
        if (label.StartsWith("top-up after 1000 sats", StringComparison.Ordinal))
            PayUnrecorded();
        // The recorder wrote the bodies of these calls down after it had changed them; their labels say what was sent.
        if (FeeModeLabel().Match(label) is { Success: true } mode)
            request["body"]!["networkFeeMode"] = mode.Groups[1].Value;
        var authorization = request["headers"]?["Authorization"]?.ToString() ?? "";
        var key = authorization.StartsWith("token ", StringComparison.Ordinal) ? _names.Translate(authorization["token ".Length..])
            : authorization.Length > 0 ? _owner : null;
        var (status, answer) = await SendAsync(request["method"]!.ToString(), path, request["body"], key);
        var recorded = step["response"]!;
        if (recorded["body"] is JsonObject created && created["id"] is { } id && path.EndsWith("/invoices", StringComparison.Ordinal))
            _ownInvoices.Add(id.ToString());
        if (recorded["body"] is not JsonArray { Count: > 1 } list || list[0]?["additionalStatus"] is null)
            _names.Learn(recorded["body"], answer);
        if (path == "/api/v1/stores" && answer is not null)
            _server.FindStore(answer["id"]!.ToString()).FeeRate = _feeRate;
        Compare(label, $"{recorded["status"]}\n{ReplayAnswers.Describe(recorded["body"], _names)}", $"{status}\n{ReplayAnswers.Describe(answer, _names)}");
        await RestAsync();
    }

    private async Task ActAsync(JsonObject step)
    {
        var action = step["action"]!.ToString();
        var chain = _server.Chain;
        switch (action.Split(' ')[0])
        {
            case "sendtoaddress":
                var (address, sats) = _payments[step["txid"]!.ToString()];
                // Bitcoin Core signals replacement unless told otherwise.
                Sent(step["txid"]!.ToString(), chain.Pay(_names[address]!, sats, step["replaceable"]?.ToString() != "false"));
                break;
            case "mine":
                chain.Mine(int.Parse(action.Split(' ')[1], CultureInfo.InvariantCulture));
                break;
            case "replaced":
                chain.Replace(_names[step["replaces"]!.ToString()]!);
                break;
            case "bumpfee":
                var (to, amount) = _payments[step["new"]!.ToString()];
                Sent(step["new"]!.ToString(), chain.Replace(_names[step["old"]!.ToString()]!, _names[to], amount));
                break;
            case "a":
                chain.MineConflict(_lastPayment);
                break;
            case "two":
                chain.Reorganise(1, _lastPayment);
                break;
            case "lightning":
                PayLightning(step);
                break;
            case "BTCPay" when action.Contains("stopped", StringComparison.Ordinal):
                await _server.StopAsync();
                _receiver.Answer = _ => 200;
                break;
            case "BTCPay":
                await _server.StartAgainAsync();
                break;
        }
        await RestAsync();
    }

    private void Sent(string recorded, string now)
    {
        _names[recorded] = now;
        _lastPayment = now;
    }

    private void PayLightning(JsonObject step)
    {
        var failed = step["action"]!.ToString().EndsWith("failed", StringComparison.Ordinal);
        var bolt11 = failed
            ? _names.Recorded.FirstOrDefault(name => Bolt11().Match(step["output"]!.ToString()) is { Success: true } m && name.StartsWith(m.Value, StringComparison.Ordinal))
            : _recording.Steps.SelectMany(Methods).Where(method => method["additionalData"]?["paymentHash"]?.ToString() == step["paymentHash"]!.ToString())
                .Select(method => method["destination"]!.ToString()).FirstOrDefault();
        bolt11 ??= failed ? null : _recording.Steps.Select(s => s["response"]?["body"] as JsonObject)
            .First(body => body?["paymentHash"]?.ToString() == step["paymentHash"]!.ToString())!["BOLT11"]!.ToString();
        if (bolt11 is null)
            return;
        var outcome = _server.PayBolt11(_names[bolt11] ?? bolt11);
        if (outcome is LightningOutcome.Paid or LightningOutcome.AlreadyPaid == failed)
            Differences.Add($"{step["action"]}: {outcome}");
    }

    /// <summary>A payment that only its webhooks tell of.</summary>
    private void PayUnrecorded()
    {
        var (txid, (address, sats)) = _payments.First(payment => _names[payment.Key] is null && _names[payment.Value.Address] is not null);
        Sent(txid, _server.Chain.Pay(_names[address]!, sats));
    }

    private void CompareWebhooks()
    {
        foreach (var (path, id) in _recording.Deliveries.Select(d => (d["path"]!.ToString(), d["body"]!["invoiceId"]?.ToString())).Distinct())
        {
            if (id is null || !_ownInvoices.Contains(id) || !_receiver.Received.Any(webhook => webhook.Path == path))
                continue;
            var expected = _recording.Deliveries.Where(d => d["path"]!.ToString() == path && d["body"]!["invoiceId"]?.ToString() == id).Select(d => Event(d["body"]!)).ToList();
            var actual = _receiver.Received.Where(w => w.Path == path && w.InvoiceId == _names[id] && w.AnsweredWith == 200).Select(w => Event(w.Json)).ToList();
            if (OrderDiffers.Contains(id))
            {
                expected.Sort(StringComparer.Ordinal);
                actual.Sort(StringComparer.Ordinal);
            }
            Compare($"webhooks of {id} at {path}", string.Join('\n', expected), string.Join('\n', actual));
        }
    }

    private static readonly HashSet<string> NotCompared =
    [
        // Lazy payment methods, which the product has no use for.
        "not activated yet (GET /api/v1/stores/GoHuoi8DDDL46NBYRZ5wZMd7KcdYcpxabWscpr1pgxss/invoices/Wc2cCYQdNGpFn4tTbEeCwt/payment-methods)",
        // The recorder wrote the answer down after it had changed it.
        " (GET /api/v1/stores/Cjix3z6VTumFesrM4NztS7g5oAMVMEdLzXY4RSiXZ3s1)",
    ];

    /// <summary>Seconds into a recording at which a block came that another recording, on the same node, had mined.</summary>
    private static readonly Dictionary<string, double> ForeignBlocks = new() { ["05-late-payment-after-expiry"] = 3.7 };

    /// <summary>Invoices whose events came in an order that chance decided (two listeners of BTCPay ran side by side).</summary>
    private static readonly HashSet<string> OrderDiffers = ["KMWJyxZg6WZXdt1jpKU1rM"];

    private string Event(JsonNode body)
    {
        string[] fields = ["overPaid", "manuallyMarked", "afterExpiration", "partiallyPaid", "paymentMethodId", "isRedelivery"];
        var text = string.Join(' ', fields.Where(field => body[field] is not null).Select(field => $"{field}={body[field]}"));
        var payment = body["payment"] is { } p ? $" {p["value"]} {p["fee"]} {p["status"]}" : "";
        return $"{body["type"]} {text}{payment}";
    }

    private void Compare(string what, string expected, string actual)
    {
        Compared++;
        if (expected != actual)
            Differences.Add($"{what}\n--- recorded\n{expected}\n--- here\n{actual}");
    }

    private async Task<(int Status, JsonNode? Body)> SendAsync(string method, string path, JsonNode? body, string? key)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), _server.Url + _names.Translate(path));
        if (key is not null)
            request.Headers.Authorization = new AuthenticationHeaderValue("token", key);
        if (body is not null)
        {
            var text = body is JsonValue ? body.ToString() : _names.Translate(body.ToJsonString());
            request.Content = new StringContent(text, Encoding.UTF8, "application/json");
        }
        using var response = await _http.SendAsync(request);
        var answer = await response.Content.ReadAsStringAsync();
        return ((int)response.StatusCode, answer.Length == 0 ? null : JsonNode.Parse(answer));
    }

    private Task AdvanceAsync(JsonObject step) => AdvanceToAsync((double?)step["at"] ?? 0);

    /// <summary>In small steps, so that what waits for the clock happens at its time.</summary>
    private async Task AdvanceToAsync(double at)
    {
        var target = DateTimeOffset.UnixEpoch + TimeSpan.FromSeconds(at);
        while (_clock.GetUtcNow() < target)
        {
            var step = target - _clock.GetUtcNow();
            _clock.Advance(step > TimeSpan.FromSeconds(5) ? TimeSpan.FromSeconds(5) : step);
            if (!_foreignBlockCame && ForeignBlocks.TryGetValue(_recording.Name, out var when) && _clock.GetUtcNow() >= _start + TimeSpan.FromSeconds(when))
            {
                _foreignBlockCame = true;
                _server.Chain.Mine();
            }
            await RestAsync();
        }
    }

    private async Task RestAsync()
    {
        using var deadline = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        await _server.WebhooksAtRestAsync(deadline.Token);
    }

    private bool IsForeign(string invoiceId) => _names[invoiceId] is null && invoiceId != "NoSuchInvoice";

    private decimal FeeRate() =>
        _recording.Steps.SelectMany(Methods).Select(method => (decimal?)method["additionalData"]?["paymentMethodFeeRate"]).FirstOrDefault(rate => rate is not null) ?? 100m;

    private IEnumerable<JsonNode> Payments() => _recording.Deliveries.Select(delivery => delivery["body"]!["payment"]).OfType<JsonNode>()
        .Concat(_recording.Steps.SelectMany(Methods).SelectMany(method => (JsonArray)method["payments"]!).OfType<JsonNode>())
        .Where(payment => payment["id"]!.ToString().Contains('-', StringComparison.Ordinal));

    private static IEnumerable<JsonNode> Methods(JsonObject step) =>
        step["response"]?["body"] is JsonArray methods && methods.Count > 0 && methods[0] is JsonObject first && first.ContainsKey("paymentMethodFee")
            ? methods.OfType<JsonNode>() : [];

    private static long Sats(string bitcoin) => (long)(decimal.Parse(bitcoin, CultureInfo.InvariantCulture) * 100_000_000m);

    /// <summary>Calls that the product has no use for.</summary>
    [GeneratedRegex("^/(i|misc)/|^/api/v1/(users|health)|/activate$|/lightning/BTC/info|/wallet|/preview|configuration/\\w+$(?<!primary|fallback)")]
    private static partial Regex NotServed();

    [GeneratedRegex("/invoices/([A-Za-z0-9]{12,})")]
    private static partial Regex InvoicePath();

    [GeneratedRegex("^networkFeeMode (\\w+) ")]
    private static partial Regex FeeModeLabel();

    [GeneratedRegex("lnbcrt[a-z0-9]+")]
    private static partial Regex Bolt11();
}
