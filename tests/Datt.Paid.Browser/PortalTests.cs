using Datt.Paid.Browser.Running;
using Datt.Paid.Catalog;
using Datt.Paid.Payments.Sandbox;
using Datt.Paid.Search;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Tests.Architecture;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;

namespace Datt.Paid.Browser;

/// <summary>The portal as buyers use it, without a line of script where a test says so. Pictures of it go to <c>artifacts/</c>.</summary>
public class PortalTests(Chromium chromium)
{
    private const string Password = "correct horse battery";

    [Theory]
    [InlineData(ColorScheme.Light, 1100, true)]
    [InlineData(ColorScheme.Dark, 380, true)]
    [InlineData(ColorScheme.Light, 1100, false)]
    public async Task A_buyer_comes_from_the_front_page_to_a_paid_search(ColorScheme scheme, int width, bool scripts)
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Name"] = "Okapi server" });
        await AnnounceAsync(server, "okapi", "An <b>okapi</b> in the rain forest");
        await using var tab = await OpenAsync(server, scheme, width, scripts);
        var name = $"{scheme}-{width}".ToLowerInvariant();
        await PictureAsync(tab, "home-" + name);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Main)).ToContainTextAsync("0.25 USD a month");

        await tab.Page.GetByLabel("Search words").FillAsync("okapi");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Search", Exact = true }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Open one" }).ClickAsync();
        await tab.Page.GetByLabel("Password").FillAsync(Password);
        await PictureAsync(tab, "sign-up-" + name);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Open the account" }).ClickAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Your account is open");
        await PictureAsync(tab, "signed-up-" + name);
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "I have kept them" }).ClickAsync();

        // Back where the search was, which is not paid yet.
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Buy months" }).ClickAsync();
        await PictureAsync(tab, "account-" + name);
        await tab.Page.GetByLabel("1 month:", new() { Exact = false }).First.CheckAsync();
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Go to payment" }).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#state")).ToContainTextAsync("waits for payment");
        await PictureAsync(tab, "checkout-" + name);

        // Too little first: the page says how much is missing.
        var due = long.Parse(await tab.Page.GetByLabel("Satoshi").InputValueAsync(), System.Globalization.CultureInfo.InvariantCulture);
        await tab.Page.GetByLabel("Satoshi").FillAsync((due - 100).ToString(System.Globalization.CultureInfo.InvariantCulture));
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Pay", Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#state")).ToContainTextAsync("100 sat are still missing");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Pay", Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#state")).ToContainTextAsync("Paid");
        await PictureAsync(tab, "paid-" + name);

        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "Search now" }).ClickAsync();
        await tab.Page.GetByRole(AriaRole.Searchbox).FillAsync("okapi");
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Search", Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Page.Locator(".hits li")).ToHaveCountAsync(1);
        await Assertions.Expect(tab.Page.Locator(".hits li")).ToContainTextAsync("An <b>okapi</b> in the rain forest");
        await PictureAsync(tab, "search-" + name);
        Assert.Empty(tab.Faults);
    }

    [Fact]
    public async Task The_payment_page_shows_by_itself_that_a_payment_came()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var tab = await OpenAsync(server, ColorScheme.Light, 1100, scripts: true);
        var (account, _) = await SignUpAsync(tab, server);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Go to payment" }).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#left")).ToContainTextAsync("left");
        var invoice = tab.Page.Url.Split('/')[^1];
        await server.Services.GetRequiredService<SandboxTill>().PayAsync(account, invoice, null, TimeProvider.System.GetUtcNow(), TestContext.Current.CancellationToken);
        await Assertions.Expect(tab.Page.Locator("#state")).ToContainTextAsync("Paid", new() { Timeout = 30_000 });
    }

    [Fact]
    public async Task What_strangers_wrote_is_shown_and_does_nothing()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free", ["Datt:Name"] = "<script>alert(1)</script>" });
        await AnnounceAsync(server, "script", "okapi <script>document.title='taken'</script>");
        await AnnounceAsync(server, "turned", "okapi \u202Egnp.exe");
        await AnnounceAsync(server, "long", "okapi " + new string('w', 400));
        await AnnounceAsync(server, "link", "okapi link", "https://okapi.example/");
        await using var tab = await OpenAsync(server, ColorScheme.Light, 380, scripts: true);
        await tab.Page.GotoAsync(server.Address + "search?q=okapi");
        await Assertions.Expect(tab.Page.Locator(".hits li")).ToHaveCountAsync(4);
        Assert.Contains("search", await tab.Page.TitleAsync(), StringComparison.OrdinalIgnoreCase);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Link, new() { Name = "okapi link" })).ToHaveAttributeAsync("rel", "noopener noreferrer nofollow");
        // Nothing is wider than the screen of a phone.
        Assert.True(await tab.Page.EvaluateAsync<bool>("() => document.documentElement.scrollWidth <= innerWidth"));
        await Assertions.Expect(tab.Page.Locator(".hits h2").Filter(new() { HasText = "gnp.exe" })).ToHaveTextAsync("okapi gnp.exe");
        await PictureAsync(tab, "hostile");
        Assert.Empty(tab.Faults);
    }

    [Fact]
    public async Task Wrong_passwords_lock_the_account_for_a_while_and_its_key_still_opens_it()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var tab = await OpenAsync(server, ColorScheme.Light, 1100, scripts: true);
        var (account, key) = await SignUpAsync(tab, server);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await tab.Page.GotoAsync(server.Address + "account");
        Assert.Contains("/sign-in", tab.Page.Url, StringComparison.Ordinal);
        for (var i = 0; i < 5; i++)
            await SignInAsync(tab, account, "wrong password " + i);
        await SignInAsync(tab, account, Password);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Alert)).ToContainTextAsync("Too many wrong passwords");
        await SignInAsync(tab, account, key);
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Account");
    }

    [Fact]
    public async Task Nobody_sees_the_invoices_of_others_and_no_link_leads_away()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var one = await OpenAsync(server, ColorScheme.Light, 1100, scripts: true);
        await SignUpAsync(one, server);
        await one.Page.GetByRole(AriaRole.Button, new() { Name = "Go to payment" }).ClickAsync();
        await one.Page.WaitForURLAsync("**/checkout/*");
        await using var two = await OpenAsync(server, ColorScheme.Light, 1100, scripts: true);
        var (account, _) = await SignUpAsync(two, server);
        await two.Page.GotoAsync(one.Page.Url);
        await Assertions.Expect(two.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("There is no such invoice");
        await two.Page.GetByRole(AriaRole.Button, new() { Name = "Sign out" }).ClickAsync();
        await two.Page.GotoAsync(server.Address + "sign-in?ReturnUrl=" + Uri.EscapeDataString("//evil.example/"));
        await SignInAsync(two, account, Password, go: false);
        await two.Page.WaitForURLAsync("**/account");
        // A form of another site carries no token.
        using var forged = await server.Anyone.PostAsync("sign-out", new FormUrlEncodedContent([]), TestContext.Current.CancellationToken);
        Assert.Equal(System.Net.HttpStatusCode.BadRequest, forged.StatusCode);
    }

    private static async Task SignInAsync(Tab tab, string account, string password, bool go = true)
    {
        if (go)
            await tab.Page.GotoAsync(new Uri(new Uri(tab.Page.Url), "/sign-in").ToString());
        await tab.Page.GetByLabel("Account or e-mail").FillAsync(account);
        await tab.Page.GetByLabel("Password, or").FillAsync(password);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Sign in" }).ClickAsync();
    }

    private static async Task<(string Account, string Key)> SignUpAsync(Tab tab, ServerOnDisk server)
    {
        await tab.Page.GotoAsync(server.Address + "sign-up");
        await tab.Page.GetByLabel("Password").FillAsync(Password);
        await tab.Page.GetByRole(AriaRole.Button, new() { Name = "Open the account" }).ClickAsync();
        var shown = await tab.Page.Locator("dl.keep code").AllTextContentsAsync();
        await tab.Page.GetByRole(AriaRole.Link, new() { Name = "I have kept them" }).ClickAsync();
        await Assertions.Expect(tab.Page.GetByRole(AriaRole.Heading, new() { Level = 1 })).ToHaveTextAsync("Account");
        return (shown[0], shown[1]);
    }

    private static async Task AnnounceAsync(ServerOnDisk server, string id, string title, string? url = null)
    {
        using var customer = await server.NewCustomerAsync();
        await customer.BulkAsync("node-" + id, System.Text.Json.JsonSerializer.Serialize(new { contentId = "content-" + id, title, summary = title, url }));
        // A page is drawn once, so what it shows has to be findable before.
        await server.Services.GetRequiredService<SearchEngine>().WaitUntilSearchableAsync(
            server.Services.GetRequiredService<ContentCatalog>().Changes.Position, TestContext.Current.CancellationToken);
    }

    private async Task<Tab> OpenAsync(ServerOnDisk server, ColorScheme scheme, int width, bool scripts) => await chromium.OpenAsync(
        server.Address.ToString(), new() { ColorScheme = scheme, ViewportSize = new() { Width = width, Height = 800 }, JavaScriptEnabled = scripts });

    private static Task PictureAsync(Tab tab, string name) => tab.Page.ScreenshotAsync(
        new() { Path = Path.Combine(Repository.Root, "artifacts", "pictures", "portal-" + name + ".png"), FullPage = true });
}
