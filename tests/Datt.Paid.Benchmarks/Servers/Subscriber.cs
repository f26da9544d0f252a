using System.Net;
using System.Net.Http.Headers;
using System.Net.Http.Json;
using System.Text.Json;

namespace Datt.Paid.Benchmarks.Servers;

/// <summary>An account with a paid month, made through the public calls, and what it can see.</summary>
internal sealed class Subscriber : IDisposable
{
    private readonly HttpClient _http;

    private Subscriber(HttpClient http, string apiKey) => (_http, ApiKey) = (http, apiKey);

    public string ApiKey { get; }

    public HttpClient Http => _http;

    /// <summary>Creates an account, buys a month and pays for it in the sandbox.</summary>
    public static async Task<Subscriber> CreateAsync(IPEndPoint server)
    {
        var http = new HttpClient { BaseAddress = new Uri($"http://{server}") };
        var account = await PostAsync(http, "/api/v1/accounts", new { name = "benchmark" });
        var subscriber = For(http, account.GetProperty("apiKey").GetString()!);
        var invoice = await PostAsync(http, "/api/v1/subscription/invoices", new { months = 1 });
        await PostAsync(http, $"/api/v1/sandbox/invoices/{invoice.GetProperty("id").GetString()}/pay", new { });
        var state = "";
        for (var attempt = 0; attempt < 100 && state != "active"; attempt++)
        {
            var shown = await http.GetFromJsonAsync<JsonElement>("/api/v1/account");
            state = shown.GetProperty("subscription").GetProperty("state").GetString();
            if (state != "active")
                await Task.Delay(100);
        }
        return state == "active" ? subscriber : throw new InvalidOperationException($"The subscription was paid and is '{state}'.");
    }

    /// <summary>The account of an earlier start of the same data directory.</summary>
    public static Subscriber Again(IPEndPoint server, string apiKey) => For(new HttpClient { BaseAddress = new Uri($"http://{server}") }, apiKey);

    /// <summary>How many records the query matches, by the search's own count.</summary>
    public async Task<long> TotalAsync(string query)
    {
        var answer = await _http.GetFromJsonAsync<JsonElement>("/api/v1/search?match=all&limit=1&q=" + Uri.EscapeDataString(query));
        return answer.GetProperty("total").GetProperty("value").GetInt64();
    }

    public void Dispose() => _http.Dispose();

    private static Subscriber For(HttpClient http, string apiKey)
    {
        http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return new Subscriber(http, apiKey);
    }

    private static async Task<JsonElement> PostAsync(HttpClient http, string path, object body)
    {
        using var response = await http.PostAsJsonAsync(path, body);
        var text = await response.Content.ReadAsStringAsync();
        return response.IsSuccessStatusCode
            ? JsonDocument.Parse(text).RootElement
            : throw new InvalidOperationException($"POST {path} was answered with {(int)response.StatusCode}: {text}");
    }
}
