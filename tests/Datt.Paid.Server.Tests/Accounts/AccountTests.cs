using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Accounts;

public class AccountTests(SharedServer shared)
{
    [Fact]
    public async Task A_new_account_shows_its_state()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var account = await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account");
        Assert.Equal(customer.AccountId, account.GetProperty("accountId").GetString());
        Assert.Equal("none", account.GetProperty("subscription").GetProperty("state").GetString());
        Assert.Equal(JsonValueKind.Null, account.GetProperty("subscription").GetProperty("paidUntil").ValueKind);
        Assert.Equal("0.00", account.GetProperty("balance").GetProperty("amount").GetString());
        Assert.Equal("USD", account.GetProperty("balance").GetProperty("currency").GetString());
        Assert.EndsWith("Z", account.GetProperty("createdAt").GetString());
    }

    [Fact]
    public async Task Two_accounts_may_have_one_name_but_not_one_email()
    {
        var email = $"{Guid.NewGuid():n}@example.org";
        var first = new { name = "same", email };
        Assert.Equal(HttpStatusCode.Created, (await shared.Server.Anyone.PostAsJsonAsync("/api/v1/accounts", first)).StatusCode);
        Assert.Equal(HttpStatusCode.Created, (await shared.Server.Anyone.PostAsJsonAsync("/api/v1/accounts", new { name = "same" })).StatusCode);
        await Refused.WithAsync(shared.Server.Anyone.PostAsJsonAsync("/api/v1/accounts", first), HttpStatusCode.BadRequest, "invalid_email");
    }

    [Theory]
    [InlineData("{\"email\":\"no address\"}", "invalid_email")]
    [InlineData("{\"password\":\"short\"}", "invalid_password")]
    [InlineData("{\"name\":7}", "invalid_name")]
    [InlineData("{\"name\":", "invalid_json")]
    [InlineData("[1,2]", "invalid_json")]
    [InlineData("\"text\"", "invalid_json")]
    public async Task A_bad_request_for_an_account_is_refused_by_its_field(string body, string code) => await Refused.WithAsync(
        shared.Server.Anyone.PostAsync("/api/v1/accounts", new StringContent(body, Encoding.UTF8, "application/json")), HttpStatusCode.BadRequest, code);

    [Fact]
    public async Task Unknown_members_are_ignored() => Assert.Equal(
        HttpStatusCode.Created, (await shared.Server.Anyone.PostAsJsonAsync("/api/v1/accounts", new { colour = "red" })).StatusCode);

    [Fact]
    public async Task Another_media_type_is_415() => await Refused.WithAsync(
        shared.Server.Anyone.PostAsync("/api/v1/accounts", new StringContent("name=x", Encoding.UTF8, "application/x-www-form-urlencoded")),
        HttpStatusCode.UnsupportedMediaType, "unsupported_media_type");

    [Fact]
    public async Task Too_large_a_body_is_413() => await Refused.WithAsync(
        shared.Server.Anyone.PostAsJsonAsync("/api/v1/accounts", new { name = new string('x', 300_000) }),
        HttpStatusCode.RequestEntityTooLarge, "record_too_large");

    [Fact]
    public async Task Notices_can_be_sent_elsewhere()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var changed = await customer.Http.PatchAsJsonAsync("/api/v1/account", new { noticeUrl = "https://example.org/notices" });
        Assert.Equal("https://example.org/notices", (await changed.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("noticeUrl").GetString());
        await Refused.WithAsync(
            customer.Http.PatchAsJsonAsync("/api/v1/account", new { noticeUrl = "ftp://example.org" }), HttpStatusCode.BadRequest, "invalid_notice_url");
    }

    [Fact]
    public async Task Keys_are_named_scoped_listed_and_revoked()
    {
        using var customer = await shared.Server.NewCustomerAsync();
        var made = await customer.Http.PostAsJsonAsync("/api/v1/account/keys", new { name = "laptop", scopes = new[] { "announce" } });
        Assert.Equal(HttpStatusCode.Created, made.StatusCode);
        var key = await made.Content.ReadFromJsonAsync<JsonElement>();
        using var laptop = shared.Server.With(key.GetProperty("apiKey").GetString()!);

        Assert.Equal(HttpStatusCode.NoContent, (await laptop.PutAsJsonAsync($"/api/v1/nodes/n-{Guid.NewGuid():n}", new { endpoints = Array.Empty<string>() })).StatusCode);
        await Refused.WithAsync(laptop.GetAsync("/api/v1/account"), HttpStatusCode.Forbidden, "forbidden");
        await Refused.WithAsync(laptop.GetAsync("/api/v1/search?q=x"), HttpStatusCode.Forbidden, "forbidden");

        var listed = await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/account/keys");
        Assert.Equal(2, listed.GetProperty("keys").GetArrayLength());
        Assert.DoesNotContain(key.GetProperty("apiKey").GetString()!, listed.ToString());

        var id = key.GetProperty("id").GetString();
        Assert.Equal(HttpStatusCode.NoContent, (await customer.Http.DeleteAsync($"/api/v1/account/keys/{id}")).StatusCode);
        await Refused.WithAsync(laptop.GetAsync("/api/v1/account"), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(customer.Http.DeleteAsync($"/api/v1/account/keys/{id}"), HttpStatusCode.NotFound, "not_found");
    }

    [Theory]
    [InlineData("""{"name":"k","scopes":["everything"]}""", "invalid_scopes")]
    [InlineData("""{"name":"k","scopes":["operator"]}""", "invalid_scopes")]
    [InlineData("""{"name":"k","scopes":[]}""", "invalid_scopes")]
    [InlineData("""{"name":"k","scopes":[null]}""", "invalid_scopes")]
    [InlineData("""{"scopes":["search"]}""", "invalid_name")]
    [InlineData("""{"name":"k","scopes":"search"}""", "invalid_scopes")]
    public async Task A_bad_key_request_names_its_field(string body, string code)
    {
        using var customer = await shared.Server.NewCustomerAsync();
        await Refused.WithAsync(
            customer.Http.PostAsync("/api/v1/account/keys", new StringContent(body, Encoding.UTF8, "application/json")), HttpStatusCode.BadRequest, code);
    }

    [Fact]
    public async Task What_belongs_to_another_account_is_not_found()
    {
        using var owner = await shared.Server.NewCustomerAsync();
        using var stranger = await shared.Server.NewCustomerAsync();
        var invoice = (await owner.InvoiceAsync(1)).GetProperty("id").GetString();
        var keys = await owner.Http.GetFromJsonAsync<JsonElement>("/api/v1/account/keys");
        var key = keys.GetProperty("keys")[0].GetProperty("id").GetString();

        await Refused.WithAsync(stranger.Http.GetAsync($"/api/v1/subscription/invoices/{invoice}"), HttpStatusCode.NotFound, "not_found");
        await Refused.WithAsync(stranger.Http.PostAsync($"/api/v1/sandbox/invoices/{invoice}/pay", null), HttpStatusCode.NotFound, "not_found");
        await Refused.WithAsync(stranger.Http.DeleteAsync($"/api/v1/account/keys/{key}"), HttpStatusCode.NotFound, "not_found");
        Assert.Empty((await stranger.Http.GetFromJsonAsync<JsonElement>("/api/v1/subscription/invoices")).GetProperty("invoices").EnumerateArray());
        Assert.Equal(HttpStatusCode.OK, (await owner.Http.GetAsync("/api/v1/account")).StatusCode);
    }
}
