using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Jobs;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Subscriptions;

public class PaidStoryTests(SharedServer shared)
{
    [Fact]
    public async Task A_buyer_pays_and_finds_what_a_node_holds()
    {
        var word = SharedServer.NewWord();
        var node = "node-" + word;
        using var holder = await shared.Server.NewCustomerAsync();
        using var buyer = await shared.Server.NewCustomerAsync();

        await holder.Http.PutAsJsonAsync($"/api/v1/nodes/{node}", new { endpoints = new[] { "https://holder.example:8443/" }, kind = "desktop" });
        Assert.Equal(HttpStatusCode.NoContent, (await holder.AnnounceAsync(node, "sha256:" + word, new
        {
            title = $"Articles on {word}",
            summary = "Walks along the river & <b>bridges</b>",
            label = "travel",
            tags = new[] { "city", "walks" },
            author = "Ada",
            type = "text/markdown",
            language = "en",
            size = 1234,
            publishedAt = "2026-11-20T10:00:00Z",
        })).StatusCode);

        await Refused.WithAsync(buyer.Http.GetAsync($"/api/v1/search?q={word}"), HttpStatusCode.PaymentRequired, "payment_required");
        var quote = await shared.Server.Anyone.GetFromJsonAsync<JsonElement>("/api/v1/subscription/quote?months=2");
        var invoice = await buyer.InvoiceAsync(2);
        Assert.Equal("new", invoice.GetProperty("status").GetString());
        Assert.Equal("none", invoice.GetProperty("detail").GetString());
        Assert.Equal(2, invoice.GetProperty("months").GetInt32());
        Assert.Equal(quote.GetProperty("price").ToString(), invoice.GetProperty("price").ToString());
        Assert.Equal(quote.GetProperty("amount").ToString(), invoice.GetProperty("amount").ToString());
        Assert.True(invoice.GetProperty("dueSats").GetInt64() > 0);

        var paid = await buyer.Http.PostAsync($"/api/v1/sandbox/invoices/{invoice.GetProperty("id").GetString()}/pay", null);
        Assert.Equal("settled", (await paid.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("status").GetString());

        await buyer.FindsAsync($"q={word}", "sha256:" + word);
        var hit = (await buyer.SearchAsync($"q={word}")).GetProperty("hits")[0];
        Assert.Equal($"Articles on {word}", hit.GetProperty("title").GetString());
        Assert.Equal("travel", hit.GetProperty("label").GetString());
        Assert.Equal("2026-11-20T10:00:00Z", hit.GetProperty("publishedAt").GetString());
        Assert.DoesNotContain("<b>", hit.GetProperty("highlight").GetString());
        var place = Assert.Single(hit.GetProperty("holders").EnumerateArray());
        Assert.Equal(node, place.GetProperty("nodeId").GetString());
        Assert.True(place.GetProperty("online").GetBoolean());
        Assert.Equal("https://holder.example:8443/", place.GetProperty("endpoints")[0].GetString());

        var account = await buyer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account");
        Assert.Equal("active", account.GetProperty("subscription").GetProperty("state").GetString());
    }

    [Theory]
    [InlineData("""{"months":0}""", "invalid_months")]
    [InlineData("""{"months":-1}""", "invalid_months")]
    [InlineData("""{"months":25}""", "invalid_months")]
    [InlineData("""{"months":1000000000}""", "invalid_months")]
    [InlineData("""{"months":10000000000000000000}""", "invalid_months")]
    [InlineData("""{"months":1.5}""", "invalid_months")]
    [InlineData("""{"months":"3"}""", "invalid_months")]
    [InlineData("""{}""", "invalid_months")]
    [InlineData("""{"months":1,"deposit":{"amount":"1.00","currency":"USD"}}""", "invalid_months")]
    [InlineData("""{"deposit":{"amount":"-1","currency":"USD"}}""", "invalid_deposit")]
    [InlineData("""{"deposit":{"amount":"1e9","currency":"USD"}}""", "invalid_deposit")]
    [InlineData("""{"deposit":{"amount":"1.00","currency":"XXX"}}""", "invalid_deposit")]
    [InlineData("""{"deposit":{}}""", "invalid_deposit")]
    public async Task A_bad_invoice_request_names_its_field(string body, string code)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(
            customer.Http.PostAsync("/api/v1/subscription/invoices", new StringContent(body, Encoding.UTF8, "application/json")),
            HttpStatusCode.BadRequest, code);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("-1")]
    [InlineData("25")]
    [InlineData("1000000000")]
    [InlineData("99999999999")]
    [InlineData("x")]
    [InlineData("")]
    public async Task A_quote_is_for_1_to_24_months(string months) => await Refused.WithAsync(
        shared.Server.Anyone.GetAsync("/api/v1/subscription/quote?months=" + months), HttpStatusCode.BadRequest, "invalid_months");

    [Fact]
    public async Task A_sixth_open_invoice_is_429()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        for (var i = 0; i < 5; i++)
            await customer.InvoiceAsync(1);
        await Refused.WithAsync(
            customer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 }), HttpStatusCode.TooManyRequests, "quota_exceeded");
        Assert.Equal(5, (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/subscription/invoices")).GetProperty("invoices").GetArrayLength());
    }

    [Fact]
    public async Task Invoices_are_listed_in_pages_without_gap_or_repeat()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var made = new List<string>();
        for (var i = 0; i < 3; i++)
            made.Add((await customer.InvoiceAsync(1)).GetProperty("id").GetString()!);
        var seen = new List<string>();
        string? cursor = null;
        do
        {
            var page = await customer.Http.GetFromJsonAsync<JsonElement>($"/api/v1/subscription/invoices?limit=2&cursor={cursor}");
            seen.AddRange(page.GetProperty("invoices").EnumerateArray().Select(i => i.GetProperty("id").GetString()!));
            cursor = page.GetProperty("next").GetString();
        }
        while (cursor is not null);
        Assert.Equal(made.Order(), seen.Order());
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/subscription/invoices?limit=0"), HttpStatusCode.BadRequest, "invalid_limit");
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/subscription/invoices?cursor=!!!"), HttpStatusCode.BadRequest, "invalid_cursor");
    }

    [Fact]
    public async Task A_partial_payment_leaves_the_rest_due()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var invoice = await customer.InvoiceAsync(1);
        var due = invoice.GetProperty("dueSats").GetInt64();
        var path = $"/api/v1/sandbox/invoices/{invoice.GetProperty("id").GetString()}/pay";
        var part = await (await customer.Http.PostAsJsonAsync(path, new { amountSats = due / 2 })).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("paidPartial", part.GetProperty("detail").GetString());
        Assert.Equal(due - (due / 2), part.GetProperty("dueSats").GetInt64());
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/search?q=x"), HttpStatusCode.PaymentRequired, "payment_required");
        var whole = await (await customer.Http.PostAsync(path, null)).Content.ReadFromJsonAsync<JsonElement>();
        Assert.Equal("settled", whole.GetProperty("status").GetString());
        Assert.Equal(HttpStatusCode.OK, (await customer.Http.GetAsync("/api/v1/search?q=x")).StatusCode);
        await Refused.WithAsync(customer.Http.PostAsJsonAsync(path, new { amountSats = -5 }), HttpStatusCode.BadRequest, "invalid_amount_sats");
    }

    [Fact]
    public async Task Access_ends_after_the_months_and_their_grace_and_deposits_renew_it()
    {
        var time = new WallClock("2026-01-31T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(time: time);
        using var leaving = await server.NewCustomerAsync();
        using var staying = await server.NewCustomerAsync();
        await leaving.SubscribeAsync();
        await staying.SubscribeAsync();
        Assert.Equal(HttpStatusCode.OK, (await leaving.Http.PatchAsJsonAsync("/api/v1/subscription", new { autoRenew = false })).StatusCode);
        await Refused.WithAsync(leaving.Http.PatchAsJsonAsync("/api/v1/subscription", new { }), HttpStatusCode.BadRequest, "invalid_auto_renew");
        var deposit = await (await staying.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { deposit = new { amount = "5.00", currency = "USD" } }))
            .Content.ReadFromJsonAsync<JsonElement>();
        await staying.Http.PostAsync($"/api/v1/sandbox/invoices/{deposit.GetProperty("id").GetString()}/pay", null);

        time.Set("2026-02-28T12:00:01Z");
        await server.Services.GetRequiredService<ServerJobs>().RenewAsync(CancellationToken.None);
        Assert.Equal("grace", await StateAsync(leaving));
        Assert.Equal("active", await StateAsync(staying));
        Assert.Equal(HttpStatusCode.OK, (await leaving.Http.GetAsync("/api/v1/search?q=x")).StatusCode);

        time.Set("2026-03-03T12:00:02Z");
        Assert.Equal("expired", await StateAsync(leaving));
        await Refused.WithAsync(leaving.Http.GetAsync("/api/v1/search?q=x"), HttpStatusCode.PaymentRequired, "payment_required");
        Assert.Equal(HttpStatusCode.OK, (await staying.Http.GetAsync("/api/v1/search?q=x")).StatusCode);
    }

    [Fact]
    public async Task What_fell_due_while_the_server_was_away_is_renewed_when_it_starts()
    {
        var time = new WallClock("2026-01-10T12:00:00Z");
        await using var server = await ServerOnDisk.StartAsync(time: time);
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        var deposit = await (await customer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { deposit = new { amount = "5.00", currency = "USD" } }))
            .Content.ReadFromJsonAsync<JsonElement>();
        await customer.Http.PostAsync($"/api/v1/sandbox/invoices/{deposit.GetProperty("id").GetString()}/pay", null);

        await server.StopAsync();
        time.Set("2026-02-12T12:00:00Z");
        await server.RestartAsync();
        using var back = server.With(customer.ApiKey);
        await Eventually.HoldsAsync(
            async () => (await back.GetFromJsonAsync<JsonElement>("/api/v1/account")).GetProperty("subscription").GetProperty("state").GetString() == "active",
            "the subscription is active again");
    }

    [Fact]
    public async Task Where_payments_are_real_there_is_no_sandbox_call()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["environment"] = "Production", ["Datt:Search:Access"] = "Free" });
        using var customer = await server.NewCustomerAsync();
        await Refused.WithAsync(customer.Http.PostAsync("/api/v1/sandbox/invoices/any/pay", null), HttpStatusCode.NotFound, "not_found");
        await Refused.WithAsync(
            customer.Http.PostAsJsonAsync("/api/v1/subscription/invoices", new { months = 1 }), HttpStatusCode.ServiceUnavailable, "payments_unavailable");
    }

    private static async Task<string?> StateAsync(Customer customer) =>
        (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account")).GetProperty("subscription").GetProperty("state").GetString();
}
