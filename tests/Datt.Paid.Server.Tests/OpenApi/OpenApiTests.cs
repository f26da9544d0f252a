using System.Net.Http.Json;
using System.Text.Json;
using System.Text.RegularExpressions;
using Datt.Paid.Pages.Portal;
using Datt.Paid.Server.Search;
using Datt.Paid.Server.Tests.Running;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.OpenApi;

public partial class OpenApiTests(SharedServer shared)
{
    [Fact]
    public async Task Every_call_is_described()
    {
        var paths = (await DocumentAsync()).GetProperty("paths");
        var missing = from endpoint in shared.Server.Services.GetRequiredService<EndpointDataSource>().Endpoints.OfType<RouteEndpoint>()
                      from method in endpoint.Metadata.GetMetadata<HttpMethodMetadata>()?.HttpMethods ?? []
                      let path = "/" + Constraint().Replace(endpoint.RoutePattern.RawText!.Trim('/'), "")
                      // A WebSocket over HTTP/2 is its GET by another method, which the document has no place for.
                      where method != "CONNECT" && endpoint.Metadata.GetMetadata<PageMark>() is null && !IsPage(path) && !Describes(paths, path, method)
                      select $"{method} {path}";
        Assert.Equal([], missing);
    }

    [Theory]
    [InlineData("/api/v1/server", "get")]
    [InlineData("/api/v1/pricing", "get")]
    [InlineData("/rendezvous", "get")]
    [InlineData("/api/v1/accounts", "post")]
    [InlineData("/api/v1/account", "get")]
    [InlineData("/api/v1/account", "patch")]
    [InlineData("/api/v1/account/notices", "get")]
    [InlineData("/api/v1/account/keys", "post")]
    [InlineData("/api/v1/account/keys/{id}", "delete")]
    [InlineData("/api/v1/subscription/quote", "get")]
    [InlineData("/api/v1/subscription/invoices", "post")]
    [InlineData("/api/v1/subscription/invoices/{id}", "get")]
    [InlineData("/api/v1/subscription", "patch")]
    [InlineData("/api/v1/sandbox/invoices/{id}/pay", "post")]
    [InlineData("/api/v1/nodes/{nodeId}", "put")]
    [InlineData("/api/v1/nodes", "get")]
    [InlineData("/api/v1/content/{contentId}", "put")]
    [InlineData("/api/v1/content/{contentId}", "get")]
    [InlineData("/api/v1/content/bulk", "post")]
    [InlineData("/api/v1/content/{contentId}/reports", "post")]
    [InlineData("/api/v1/search", "get")]
    [InlineData("/api/v1/search/stream", "get")]
    [InlineData("/api/v1/suggest", "get")]
    [InlineData("/opensearch.xml", "get")]
    [InlineData("/search.atom", "get")]
    [InlineData("/federation/v1/nodes", "get")]
    [InlineData("/api/v1/network/nodes", "get")]
    [InlineData("/api/v1/nodes/{nodeId}/presence", "get")]
    [InlineData("/health/ready", "get")]
    public async Task A_call_of_the_contract_is_there_with_a_success_and_a_name(string path, string method)
    {
        var operation = (await DocumentAsync()).GetProperty("paths").GetProperty(path).GetProperty(method);
        Assert.Contains(operation.GetProperty("responses").EnumerateObject(), response => response.Name.StartsWith('2'));
        Assert.NotEqual("", operation.GetProperty("operationId").GetString());
        Assert.NotEqual("", operation.GetProperty("summary").GetString());
    }

    [Fact]
    public async Task Gated_calls_state_their_key_and_their_refusals()
    {
        var document = await DocumentAsync();
        var search = document.GetProperty("paths").GetProperty("/api/v1/search").GetProperty("get");
        foreach (var status in new[] { "200", "400", "401", "402", "403", "410", "429" })
            Assert.True(search.GetProperty("responses").TryGetProperty(status, out _), $"{status} is missing.");
        Assert.True(search.GetProperty("responses").GetProperty("402").GetProperty("content").TryGetProperty("application/problem+json", out _));
        Assert.True(search.GetProperty("security").GetArrayLength() > 0);
        Assert.Equal("bearer", document.GetProperty("components").GetProperty("securitySchemes").GetProperty("apiKey").GetProperty("scheme").GetString());
        string[] parameters = ["q", "limit", "cursor", "sort", "label", "tag", "author", "type", "language", "since", "until", "budgetMs", "match"];
        Assert.Equal(parameters.Order(), search.GetProperty("parameters").EnumerateArray().Select(p => p.GetProperty("name").GetString()!).Order());
    }

    [Fact]
    public async Task Answers_written_by_hand_are_as_described()
    {
        var word = SharedServer.NewWord();
        using var customer = await shared.NewSubscriberAsync();
        await customer.AnnounceAsync("n-" + word, "c:" + word, new { title = word });
        await customer.FindsAsync("q=" + word, "c:" + word);
        var page = await customer.SearchAsync("q=" + word);
        AssertMembers<SearchAnswer>(page);
        AssertMembers<TotalAnswer>(page.GetProperty("total"));
        AssertMembers<HitAnswer>(page.GetProperty("hits")[0]);
        AssertMembers<HolderAnswer>(page.GetProperty("hits")[0].GetProperty("holders")[0]);
        AssertMembers<ContentAnswer>(await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/content/c:" + word));
    }

    private static void AssertMembers<T>(JsonElement shown)
    {
        var described = typeof(T).GetProperties().Select(p => JsonNamingPolicy.CamelCase.ConvertName(p.Name));
        Assert.Equal(described.Order(), shown.EnumerateObject().Select(p => p.Name).Order());
        Assert.NotNull(shown.Deserialize<T>(JsonSerializerOptions.Web));
    }

    private Task<JsonElement> DocumentAsync() => shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/openapi/v1.json");

    // Pages for people, the document itself, and metrics in their own format.
    private static bool IsPage(string path) => path.StartsWith("/portal/", StringComparison.Ordinal) ||
        path.StartsWith("/docs", StringComparison.Ordinal) || path is "/setup" or "/metrics" or "/node" || path.StartsWith("/node-sdk/", StringComparison.Ordinal)
        || path.StartsWith("/openapi/", StringComparison.Ordinal);

    private static bool Describes(JsonElement paths, string path, string method) =>
        paths.TryGetProperty(path, out var item) && item.TryGetProperty(method.ToLowerInvariant(), out _);

    [GeneratedRegex(@":[^}]+(?=\})")]
    private static partial Regex Constraint();
}
