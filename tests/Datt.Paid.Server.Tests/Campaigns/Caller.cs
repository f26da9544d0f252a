using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// Calls a server the way any HTTP client does, with or without a key. A call that got no whole answer (the server died) gives null:
/// the caller does not know whether it was done.
/// </summary>
internal sealed class Caller : IDisposable
{
    private readonly HttpClient _http;

    public Caller(Uri server, string? key = null, TimeSpan? timeout = null)
    {
        Server = server;
        Key = key;
        _http = new HttpClient { BaseAddress = server, Timeout = timeout ?? TimeSpan.FromSeconds(60) };
        if (key is not null)
            _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", key);
    }

    public Uri Server { get; }

    public string? Key { get; }

    public Task<Answer?> GetAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Get, path, null, ct);

    public Task<Answer?> DeleteAsync(string path, CancellationToken ct) => SendAsync(HttpMethod.Delete, path, null, ct);

    public Task<Answer?> PutAsync(string path, JsonNode body, CancellationToken ct) => SendAsync(HttpMethod.Put, path, JsonBody(body), ct);

    public Task<Answer?> PostAsync(string path, JsonNode body, CancellationToken ct, string? idempotencyKey = null) =>
        SendAsync(HttpMethod.Post, path, JsonBody(body), ct, idempotencyKey);

    public Task<Answer?> PostLinesAsync(string path, IEnumerable<JsonNode> lines, CancellationToken ct)
    {
        var text = new StringBuilder();
        foreach (var line in lines)
            text.Append(line.ToJsonString()).Append('\n');
        return SendAsync(HttpMethod.Post, path, new StringContent(text.ToString(), Encoding.UTF8, "application/x-ndjson"), ct);
    }

    public async Task<Answer?> SendAsync(HttpMethod method, string path, HttpContent? body, CancellationToken ct, string? idempotencyKey = null)
    {
        using var request = new HttpRequestMessage(method, path) { Content = body };
        if (idempotencyKey is not null)
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        try
        {
            using var answer = await _http.SendAsync(request, ct);
            var text = await answer.Content.ReadAsStringAsync(ct);
            var wait = answer.Headers.RetryAfter;
            return new Answer(answer.StatusCode, text, answer.Content.Headers.ContentType?.ToString(), wait?.Delta ?? (wait?.Date is null ? null : TimeSpan.Zero));
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            return null;
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            Assert.Fail($"{method} {path} got no answer within {_http.Timeout.TotalSeconds} s.");
            throw;
        }
    }

    /// <summary>As <see cref="GetAsync"/>, where the server is up and must answer.</summary>
    public async Task<Answer> MustGetAsync(string path, CancellationToken ct) => Alive(await GetAsync(path, ct), path);

    public async Task<Answer> MustPostAsync(string path, JsonNode body, CancellationToken ct) => Alive(await PostAsync(path, body, ct), path);

    public async Task<Answer> MustPutAsync(string path, JsonNode body, CancellationToken ct) => Alive(await PutAsync(path, body, ct), path);

    public void Dispose() => _http.Dispose();

    /// <summary>A new account with a running, paid subscription.</summary>
    public static async Task<Caller> SubscribedAsync(Uri server, CancellationToken ct)
    {
        var caller = await RegisteredAsync(server, ct);
        var invoice = (await caller.MustPostAsync("/api/v1/subscription/invoices", new JsonObject { ["months"] = 1 }, ct)).Expect(System.Net.HttpStatusCode.Created);
        var id = invoice.Json["id"]!.GetValue<string>();
        (await caller.MustPostAsync($"/api/v1/sandbox/invoices/{id}/pay", new JsonObject(), ct)).Expect(System.Net.HttpStatusCode.OK);
        await Eventually.HoldsAsync(
            async () => (await caller.MustGetAsync("/api/v1/account", ct)).Json["subscription"]!["state"]!.GetValue<string>() == "active",
            TimeSpan.FromSeconds(10),
            () => "a paid subscription is active",
            ct);
        return caller;
    }

    /// <summary>A new account without a subscription.</summary>
    public static async Task<Caller> RegisteredAsync(Uri server, CancellationToken ct)
    {
        using var nobody = new Caller(server);
        var account = (await nobody.MustPostAsync("/api/v1/accounts", new JsonObject { ["name"] = "campaign" }, ct)).Expect(System.Net.HttpStatusCode.Created);
        return new Caller(server, account.Json["apiKey"]!.GetValue<string>());
    }

    private static Answer Alive(Answer? answer, string path)
    {
        if (answer is null)
            Assert.Fail($"{path}: the connection broke while the server should be up.");
        return answer;
    }

    private static StringContent JsonBody(JsonNode body) =>
        new(body.ToJsonString(new JsonSerializerOptions()), Encoding.UTF8, "application/json");
}
