using System.Net;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>
/// Opens accounts, buys subscriptions, makes and revokes keys, and keeps book of what it was told is done. A purchase whose answer was
/// lost is repeated with the same Idempotency-Key after the restart and must not be charged twice.
/// </summary>
internal sealed class Buyer(Uri server, Random random)
{
    private const int OldCustomers = 10;

    private readonly List<Customer> _customers = [];
    private int _checkedCustomers;

    public int Accounts => _customers.Count;

    public int PaidInvoices => _customers.Count(c => c.Paid);

    /// <summary>Runs until the server is gone or the token asks for the end.</summary>
    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested && await BuyAsync())
            await Task.Delay(random.Next(50), CancellationToken.None);
    }

    /// <summary>
    /// Everything that was acknowledged is still so; what was left half done can be finished. Looks at the customers since the last check and
    /// some of the older ones, or at all.
    /// </summary>
    public async Task CheckAsync(Random choice, bool everything, CancellationToken ct)
    {
        var older = _customers.Take(_checkedCustomers).OrderBy(_ => choice.Next()).Take(everything ? int.MaxValue : OldCustomers).ToList();
        foreach (var customer in _customers.Skip(_checkedCustomers).Concat(older))
        {
            using var caller = new Caller(server, customer.Key);
            Assert.Equal(customer.AccountId, (await caller.MustGetAsync("/api/v1/account", ct)).Expect(HttpStatusCode.OK).Json["accountId"]!.GetValue<string>());
            await CheckKeysAsync(customer, ct);
            Assert.True(await FinishAsync(customer, caller), "the connection broke while the server should be up");
            await CheckPurchaseAsync(customer, caller, ct);
        }
        _checkedCustomers = _customers.Count;
    }

    private async Task<bool> BuyAsync()
    {
        using var nobody = new Caller(server);
        var opened = await nobody.PostAsync("/api/v1/accounts", new JsonObject(), CancellationToken.None);
        if (opened is null)
            return false;
        var account = opened.Expect(HttpStatusCode.Created).Json;
        var customer = new Customer(account["accountId"]!.GetValue<string>(), account["apiKey"]!.GetValue<string>(), $"buy-{random.NextInt64():x}");
        _customers.Add(customer);

        using var caller = new Caller(server, customer.Key);
        return await MakeKeysAsync(customer, caller) && await FinishAsync(customer, caller);
    }

    private static async Task<bool> MakeKeysAsync(Customer customer, Caller caller)
    {
        var kept = await caller.PostAsync("/api/v1/account/keys", new JsonObject { ["name"] = "kept", ["scopes"] = new JsonArray("search") }, CancellationToken.None);
        if (kept is null)
            return false;
        customer.SecondKey = KeyOf(kept.Expect(HttpStatusCode.Created, HttpStatusCode.OK).Json);
        var dropped = await caller.PostAsync("/api/v1/account/keys", new JsonObject { ["name"] = "dropped", ["scopes"] = new JsonArray("account") }, CancellationToken.None);
        if (dropped is null)
            return false;
        var made = dropped.Expect(HttpStatusCode.Created, HttpStatusCode.OK).Json;
        var id = (made["keyId"] ?? made["id"])!.GetValue<string>();
        var revoked = await caller.DeleteAsync($"/api/v1/account/keys/{id}", CancellationToken.None);
        if (revoked is null)
            return false;
        revoked.Expect(HttpStatusCode.NoContent, HttpStatusCode.OK);
        customer.RevokedKey = KeyOf(made);
        return true;
    }

    private static string KeyOf(JsonNode made) => (made["apiKey"] ?? made["key"])!.GetValue<string>();

    /// <summary>Asks for the invoice and pays it, as far as that is not done; false when the server is gone.</summary>
    private static async Task<bool> FinishAsync(Customer customer, Caller caller)
    {
        if (customer.InvoiceId is null)
        {
            var invoice = await caller.PostAsync("/api/v1/subscription/invoices", new JsonObject { ["months"] = 1 }, CancellationToken.None, customer.PurchaseId);
            if (invoice is null)
                return false;
            customer.InvoiceId = invoice.Expect(HttpStatusCode.Created, HttpStatusCode.OK).Json["id"]!.GetValue<string>();
        }
        if (!customer.Paid)
        {
            // Whether a payment arrived is to be seen on the invoice, as with real ones: who just pays again has paid twice.
            var open = await caller.GetAsync($"/api/v1/subscription/invoices/{customer.InvoiceId}", CancellationToken.None);
            if (open is null)
                return false;
            customer.Paid = open.Expect(HttpStatusCode.OK).Json["status"]!.GetValue<string>() == "settled";
        }
        if (!customer.Paid)
        {
            var paid = await caller.PostAsync($"/api/v1/sandbox/invoices/{customer.InvoiceId}/pay", new JsonObject(), CancellationToken.None, $"pay-{customer.PurchaseId}");
            if (paid is null)
                return false;
            paid.Expect(HttpStatusCode.OK);
            customer.Paid = true;
        }
        return true;
    }

    private async Task CheckKeysAsync(Customer customer, CancellationToken ct)
    {
        if (customer.SecondKey is { } second)
        {
            using var caller = new Caller(server, second);
            (await caller.MustGetAsync("/api/v1/account", ct)).Expect(HttpStatusCode.Forbidden);
        }
        if (customer.RevokedKey is { } revoked)
        {
            using var caller = new Caller(server, revoked);
            (await caller.MustGetAsync("/api/v1/account", ct)).Expect(HttpStatusCode.Unauthorized);
        }
    }

    private static async Task CheckPurchaseAsync(Customer customer, Caller caller, CancellationToken ct)
    {
        var invoices = (await caller.MustGetAsync("/api/v1/subscription/invoices", ct)).Expect(HttpStatusCode.OK).Json["invoices"]!.AsArray();
        // Also one that was cut off after its invoice was made, before its answer was kept.
        var invoice = Assert.Single(invoices)!;
        Assert.Equal(customer.InvoiceId, invoice["id"]!.GetValue<string>());
        Assert.True(
            (invoice["status"]!.GetValue<string>(), invoice["detail"]!.GetValue<string>()) == ("settled", "none"),
            $"an invoice paid once, in full: {invoice.ToJsonString()}");
        var subscription = (await caller.MustGetAsync("/api/v1/account", ct)).Json["subscription"]!;
        Assert.Equal("active", subscription["state"]!.GetValue<string>());
        var until = subscription["paidUntil"]!.GetValue<string>();
        Assert.Equal(customer.PaidUntil ??= until, until);
    }

    private sealed class Customer(string accountId, string key, string purchaseId)
    {
        public string AccountId { get; } = accountId;

        public string Key { get; } = key;

        public string PurchaseId { get; } = purchaseId;

        public string? SecondKey { get; set; }

        public string? RevokedKey { get; set; }

        public string? InvoiceId { get; set; }

        public bool Paid { get; set; }

        public string? PaidUntil { get; set; }
    }
}
