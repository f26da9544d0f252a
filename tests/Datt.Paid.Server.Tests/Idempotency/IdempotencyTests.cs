using System.Net;
using System.Net.Http.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Idempotency;

public class IdempotencyTests(SharedServer shared)
{
    [Fact]
    public async Task The_same_key_gives_the_same_answer_also_after_a_restart_and_for_a_day()
    {
        var time = new WallClock("2026-11-22T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(time: time);
        var (status, first) = await PostAsync(server.Anyone, "/api/v1/accounts", "key-1");
        Assert.Equal(HttpStatusCode.Created, status);
        Assert.Equal((HttpStatusCode.Created, first), await PostAsync(server.Anyone, "/api/v1/accounts", "key-1"));
        Assert.NotEqual(first, (await PostAsync(server.Anyone, "/api/v1/accounts", "key-2")).Body);
        await server.RestartAsync();
        time.Advance(TimeSpan.FromHours(23));
        Assert.Equal((HttpStatusCode.Created, first), await PostAsync(server.Anyone, "/api/v1/accounts", "key-1"));
        time.Advance(TimeSpan.FromHours(2));
        Assert.NotEqual(first, (await PostAsync(server.Anyone, "/api/v1/accounts", "key-1")).Body);
    }

    [Fact]
    public async Task Requests_at_the_same_time_make_one_invoice()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var answers = await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => PostAsync(customer.Http, "/api/v1/subscription/invoices", "once", new { months = 1 })));
        Assert.Single(answers.Distinct());
        Assert.Equal(HttpStatusCode.Created, answers[0].Status);
        var listed = await customer.Http.GetFromJsonAsync<System.Text.Json.JsonElement>("/api/v1/subscription/invoices");
        Assert.Equal(1, listed.GetProperty("invoices").GetArrayLength());
    }

    [Fact]
    public async Task A_key_belongs_to_its_caller_and_its_path()
    {
        using var one = await shared.Server.NewCustomerAsync();
        using var other = await shared.Server.NewCustomerAsync();
        var first = await PostAsync(one.Http, "/api/v1/subscription/invoices", "mine", new { months = 1 });
        Assert.NotEqual(first, await PostAsync(other.Http, "/api/v1/subscription/invoices", "mine", new { months = 1 }));
        Assert.NotEqual(first, await PostAsync(one.Http, "/api/v1/account/keys", "mine", new { name = "k", scopes = new[] { "search" } }));
    }

    [Fact]
    public async Task A_refusal_is_repeated_too()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var first = await PostAsync(customer.Http, "/api/v1/subscription/invoices", "bad", new { months = 99 });
        Assert.Equal(HttpStatusCode.BadRequest, first.Status);
        Assert.Equal(first, await PostAsync(customer.Http, "/api/v1/subscription/invoices", "bad", new { months = 99 }));
    }

    [Fact]
    public async Task An_absurd_key_is_refused()
    {
        var answer = await PostAsync(shared.Server.Anyone, "/api/v1/accounts", new string('k', 256));
        Assert.Equal(HttpStatusCode.BadRequest, answer.Status);
        Assert.Contains("invalid_idempotency_key", answer.Body);
    }

    [Fact]
    public async Task A_kept_answer_is_not_readable_on_disk()
    {
        await using var server = await ServerOnDisk.StartAsync();
        var (_, body) = await PostAsync(server.Anyone, "/api/v1/accounts", "secret-key-1");
        var apiKey = System.Text.Json.JsonDocument.Parse(body).RootElement.GetProperty("apiKey").GetString()!;
        await server.StopAsync();
        foreach (var file in Directory.EnumerateFiles(server.Directory, "*", SearchOption.AllDirectories))
        {
            var bytes = await File.ReadAllBytesAsync(file);
            Assert.True(bytes.AsSpan().IndexOf(System.Text.Encoding.ASCII.GetBytes(apiKey)) < 0, $"{file} holds an API key.");
        }
    }

    private static async Task<(HttpStatusCode Status, string Body)> PostAsync(HttpClient client, string path, string key, object? body = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, path) { Content = body is null ? null : JsonContent.Create(body) };
        request.Headers.Add("Idempotency-Key", key);
        using var response = await client.SendAsync(request);
        return (response.StatusCode, await response.Content.ReadAsStringAsync());
    }
}
