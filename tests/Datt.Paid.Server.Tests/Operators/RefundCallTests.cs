using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Operators;

/// <summary>An operator gives money back over HTTP.</summary>
public sealed class RefundCallTests
{
    [Fact]
    public async Task A_refund_ends_access_once_and_only_operators_make_one()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync(months: 2);
        await customer.SearchAsync("q=anything");
        var invoice = (await customer.Http.GetFromJsonAsync<JsonElement>("/api/v1/subscription/invoices")).GetProperty("invoices")[0].GetProperty("id").GetString();
        var path = $"/api/v1/admin/invoices/{invoice}/refund";
        await Refused.WithAsync(server.Anyone.PostAsJsonAsync(path, new { reason = "please" }), HttpStatusCode.Unauthorized, "unauthorized");
        await Refused.WithAsync(customer.Http.PostAsJsonAsync(path, new { reason = "please" }), HttpStatusCode.Forbidden, "forbidden");

        using var operators = server.With(await OperatorOf.KeyAsync(server));
        await Refused.WithAsync(operators.PostAsJsonAsync(path, new { }), HttpStatusCode.BadRequest, "invalid_reason");
        await Refused.WithAsync(operators.PostAsJsonAsync(path, new { reason = "please", amount = "-1" }), HttpStatusCode.BadRequest, "invalid_amount");
        await Refused.WithAsync(
            operators.PostAsJsonAsync("/api/v1/admin/invoices/inv_nothing/refund", new { reason = "please" }), HttpStatusCode.NotFound, "not_found");

        operators.DefaultRequestHeaders.Add("Idempotency-Key", "refund of today");
        var refund = await ReadAsync(await operators.PostAsJsonAsync(path, new { reason = "asked for", byHand = true }));
        Assert.Equal(("claimed", invoice), (refund.GetProperty("state").GetString(), refund.GetProperty("invoiceId").GetString()));
        var again = await ReadAsync(await operators.PostAsJsonAsync(path, new { reason = "asked for", byHand = true }));
        Assert.Equal(refund.GetProperty("id").GetString(), again.GetProperty("id").GetString());
        Assert.Single((await operators.GetFromJsonAsync<JsonElement>("/api/v1/admin/refunds")).GetProperty("refunds").EnumerateArray());
        await Refused.WithAsync(customer.Http.GetAsync("/api/v1/search?q=anything"), HttpStatusCode.PaymentRequired, "payment_required");

        operators.DefaultRequestHeaders.Remove("Idempotency-Key");
        await Refused.WithAsync(operators.PostAsJsonAsync(path, new { reason = "again" }), HttpStatusCode.BadRequest, "invalid_invoice");
        await Refused.WithAsync(
            operators.PostAsJsonAsync($"/api/v1/admin/refunds/{refund.GetProperty("id").GetString()}/resolve", new { made = false }),
            HttpStatusCode.BadRequest, "invalid_state");
    }

    private static async Task<JsonElement> ReadAsync(HttpResponseMessage response)
    {
        Assert.True(response.IsSuccessStatusCode, await response.Content.ReadAsStringAsync());
        return await response.Content.ReadFromJsonAsync<JsonElement>();
    }
}
