using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Hosting;

public class StartTests
{
    [Fact]
    public async Task The_first_start_says_where_it_is_how_to_become_operator_and_what_to_try()
    {
        await using var server = await ServerOnDisk.StartAsync();
        var text = server.Output.ToString();
        Assert.Contains(server.Address.ToString().TrimEnd('/'), text);
        Assert.Contains("SANDBOX", text);
        Assert.Contains("Try next", text);
        var link = text.Split('\n').Select(line => line.Trim()).Single(line => line.Contains("/setup?token=", StringComparison.Ordinal));

        Assert.Equal(HttpStatusCode.OK, (await server.Anyone.GetAsync(link)).StatusCode);
        var token = link[(link.IndexOf('=') + 1)..];
        using (var weak = await server.Anyone.PostAsync("/setup", Form(token, "op@example.org", "short")))
            Assert.Equal(HttpStatusCode.BadRequest, weak.StatusCode);
        await Refused.WithAsync(
            server.Anyone.PostAsync("/setup", Form("guess", "op@example.org", "a long password 1")), HttpStatusCode.NotFound, "not_found");
        using var made = await server.Anyone.PostAsync("/setup", Form(token, "op@example.org", "a long password 1"));
        Assert.Equal(HttpStatusCode.OK, made.StatusCode);
        Assert.Contains("datt_", await made.Content.ReadAsStringAsync());
        await Refused.WithAsync(
            server.Anyone.PostAsync("/setup", Form(token, "second@example.org", "a long password 1")), HttpStatusCode.NotFound, "not_found");

        server.Output.GetStringBuilder().Clear();
        await server.RestartAsync();
        Assert.DoesNotContain("/setup", server.Output.ToString());
        Assert.DoesNotContain("Try next", server.Output.ToString());
    }

    [Fact]
    public async Task A_configured_operator_needs_no_link()
    {
        await using var server = await ServerOnDisk.StartAsync(
            new() { ["Datt:Admin:Email"] = "op@example.org", ["Datt:Admin:Password"] = "a long password 1" });
        Assert.DoesNotContain("/setup", server.Output.ToString());
        await server.RestartAsync();
        Assert.DoesNotContain("/setup", server.Output.ToString());
    }

    [Fact]
    public async Task Everything_acknowledged_is_there_after_a_restart()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        await customer.BulkAsync("n", [.. Enumerable.Range(0, 500).Select(i => $$"""{"contentId":"c:{{i}}","title":"restart number{{i}}"}""")]);
        var card = await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server");
        await server.RestartAsync();

        using var later = server.With(customer.ApiKey);
        var page = await later.GetFromJsonAsync<JsonElement>("/api/v1/search?q=restart&limit=1");
        Assert.Equal(500, page.GetProperty("total").GetProperty("value").GetInt32());
        Assert.Equal(
            card.GetProperty("id").GetString(), (await server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/server")).GetProperty("id").GetString());
        Assert.Equal(
            "active", (await later.GetFromJsonAsync<JsonElement>("/api/v1/account")).GetProperty("subscription").GetProperty("state").GetString());
    }

    [Fact]
    public async Task The_index_can_be_made_anew_from_the_feed_and_the_feed_verified()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        await customer.BulkAsync("n", [.. Enumerable.Range(0, 50).Select(i => $$"""{"contentId":"c:{{i}}","title":"again number{{i}}"}""")]);
        await server.StopAsync();

        string[] args = ["--environment=Development", $"--Datt:DataDirectory={server.Directory}", "--Logging:LogLevel:Default=None"];
        using var said = new StringWriter();
        Assert.Equal(0, await Verbs.VerifyAsync(args, said));
        Assert.Contains("sound", said.ToString());
        Assert.Equal(0, await Verbs.ReindexAsync(args, said));
        Assert.Contains("50 records", said.ToString());

        await server.RestartAsync();
        using var later = server.With(customer.ApiKey);
        var page = await later.GetFromJsonAsync<JsonElement>("/api/v1/search?q=again&limit=1");
        Assert.Equal(50, page.GetProperty("total").GetProperty("value").GetInt32());
    }

    [Fact]
    public async Task A_damaged_feed_does_not_verify()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.AnnounceAsync("n", "c:1", new { title = "damaged" });
        await server.StopAsync();
        var run = Directory.EnumerateFiles(Path.Combine(server.Directory, "feed"), "*", SearchOption.AllDirectories)
            .Where(file => !Path.GetFileName(file).Contains("manifest", StringComparison.Ordinal)).MaxBy(file => new FileInfo(file).Length)!;
        var bytes = await File.ReadAllBytesAsync(run);
        bytes[bytes.Length / 2] ^= 1;
        await File.WriteAllBytesAsync(run, bytes);
        using var said = new StringWriter();
        Assert.Equal(1, await Verbs.VerifyAsync(
            ["--environment=Development", $"--Datt:DataDirectory={server.Directory}", "--Logging:LogLevel:Default=None"], said));
        Assert.Contains(Path.GetFileName(run), said.ToString());
    }

    [Fact]
    public async Task The_servers_key_is_readable_by_its_owner_alone()
    {
        await using var server = await ServerOnDisk.StartAsync();
        if (!OperatingSystem.IsWindows())
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(Path.Combine(server.Directory, "server.key")));
    }

    [Theory]
    [InlineData("GET /search.atom?q=x&key=datt_secret HTTP/1.1", "GET /search.atom?q=x&key=*** HTTP/1.1")]
    [InlineData("Authorization: Bearer datt_secret", "Authorization: Bearer ***")]
    [InlineData("/setup?token=secret", "/setup?token=***")]
    [InlineData("?KEY=secret&q=x", "?KEY=***&q=x")]
    [InlineData("monkey=banana", "monkey=banana")]
    public void Keys_are_masked_in_logs(string text, string masked) => Assert.Equal(masked, Logs.Mask(text));

    private static FormUrlEncodedContent Form(string token, string email, string password) =>
        new(new Dictionary<string, string> { ["token"] = token, ["email"] = email, ["password"] = password });
}
