using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>An account and what its owner does, over HTTP alone.</summary>
public sealed class Customer : IDisposable
{
    private Customer(string accountId, string apiKey, HttpClient http)
    {
        AccountId = accountId;
        ApiKey = apiKey;
        Http = http;
    }

    public string AccountId { get; }

    public string ApiKey { get; }

    public HttpClient Http { get; }

    public static async Task<Customer> OpenAsync(ServerOnDisk server)
    {
        var made = await server.Anyone.PostAsync("/api/v1/accounts", null);
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var json = await made.Content.ReadFromJsonAsync<JsonElement>();
        var key = json.GetProperty("apiKey").GetString()!;
        return new Customer(json.GetProperty("accountId").GetString()!, key, server.With(key));
    }

    /// <summary>Buys months in the sandbox; search is open afterwards.</summary>
    public async Task SubscribeAsync(int months = 1)
    {
        var invoice = await InvoiceAsync(months);
        var paid = await Http.PostAsync($"/api/v1/sandbox/invoices/{invoice.GetProperty("id").GetString()}/pay", null);
        Assert.Equal(HttpStatusCode.OK, paid.StatusCode);
    }

    public async Task<JsonElement> InvoiceAsync(int months)
    {
        var response = await Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months });
        Assert.Equal(HttpStatusCode.Created, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public Task<HttpResponseMessage> AnnounceAsync(string node, string contentId, object record) =>
        Http.PutAsJsonAsync($"/api/v1/content/{Uri.EscapeDataString(contentId)}?node={node}", record);

    public async Task<JsonElement> BulkAsync(string node, params string[] lines)
    {
        var response = await Http.PostAsync($"/api/v1/content/bulk?node={node}", Ndjson(string.Join('\n', lines)));
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task<JsonElement> SearchAsync(string query)
    {
        var response = await Http.GetAsync("/api/v1/search?" + query);
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    /// <summary>Waits until a search finds exactly these, in any order.</summary>
    public Task FindsAsync(string query, params string[] contentIds) => Eventually.HoldsAsync(
        async () => IdsOf(await SearchAsync(query)).Order().SequenceEqual(contentIds.Order()), $"'{query}' finds [{string.Join(", ", contentIds)}]");

    public static IEnumerable<string> IdsOf(JsonElement page) => page.GetProperty("hits").EnumerateArray().Select(hit => hit.GetProperty("contentId").GetString()!);

    public static HttpContent Ndjson(string text) => Ndjson(Encoding.UTF8.GetBytes(text));

    public static HttpContent Ndjson(byte[] bytes)
    {
        var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/x-ndjson");
        return content;
    }

    public void Dispose() => Http.Dispose();
}
