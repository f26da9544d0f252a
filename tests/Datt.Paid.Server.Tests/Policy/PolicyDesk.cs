using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Policy;

/// <summary>An operator who makes and undoes rules, over HTTP alone.</summary>
public sealed class PolicyDesk(HttpClient http) : IDisposable
{
    public const string Path = "/api/v1/admin/policy";

    public static async Task<PolicyDesk> OpenAsync(ServerOnDisk server) => new(server.With(await OperatorOf.KeyAsync(server)));

    public HttpClient Http => http;

    public async Task<JsonElement> BlockAsync(string kind, string value, bool drop = false)
    {
        var response = await http.PostAsJsonAsync(Path, new { kind, value, reason = "a test wants it", drop });
        Assert.True(response.StatusCode is HttpStatusCode.Created or HttpStatusCode.OK, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }

    public async Task UnblockAsync(JsonElement rule) =>
        Assert.Equal(HttpStatusCode.OK, (await http.DeleteAsync($"{Path}/{rule.GetProperty("id").GetString()}?reason=enough")).StatusCode);

    public Task<JsonElement> ListAsync(string query = "") => http.GetFromJsonAsync<JsonElement>(Path + query);

    /// <summary>Waits until the index agrees with the rules, and what they hide has been counted.</summary>
    public Task SettledAsync() => Eventually.HoldsAsync(
        async () => await ListAsync() is var list && list.GetProperty("settled").GetBoolean()
            && (list.GetProperty("rules").GetArrayLength() == 0 || list.GetProperty("countedAt").ValueKind != JsonValueKind.Null),
        "the rules are applied to the index");

    public void Dispose() => http.Dispose();
}
