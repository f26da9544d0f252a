using Datt.Paid.Browser.Running;
using Datt.Paid.Server.Tests.Running;
using Datt.Paid.Tests.Architecture;
using Microsoft.Playwright;

namespace Datt.Paid.Browser;

/// <summary>The example page as people use it. Pictures of it go to <c>artifacts/</c>.</summary>
public class PageTests(Chromium chromium)
{
    private const string Text = "The okapi lives in the rain forest of the Congo.";

    [Fact]
    public async Task By_mouse_a_file_is_shared_in_one_tab_and_bought_found_and_fetched_in_another()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var one = await OpenAsync(server, ColorScheme.Light);
        await PictureAsync(one, "node-empty");
        await ShareAsync(one, "okapi.txt");
        await using var two = await OpenAsync(server, ColorScheme.Light);
        await Assertions.Expect(two.Page.Locator("#account")).ToContainTextAsync("none yet");

        await two.Page.Locator("#query").FillAsync("okapi");
        await two.Page.GetByRole(AriaRole.Button, new() { Name = "Search", Exact = true }).ClickAsync();
        await Assertions.Expect(two.Page.Locator("#price")).ToContainTextAsync("0.25 USD a month");
        await two.Page.Locator("#subscribe").ClickAsync();
        await Assertions.Expect(two.Page.Locator("#due")).ToContainTextAsync("USD");
        await PictureAsync(two, "node-pay");
        await two.Page.Locator("#sandbox").ClickAsync();
        await Assertions.Expect(two.Page.Locator("#account")).ToContainTextAsync("active");
        await Assertions.Expect(two.Page.Locator("#hits li")).ToHaveCountAsync(1);
        await Assertions.Expect(two.Page.Locator("#hits em")).ToHaveTextAsync("okapi");
        Assert.Equal(Text, await two.Page.Locator("#hits p").TextContentAsync());
        await Assertions.Expect(two.Page.Locator("#pay")).ToBeHiddenAsync();

        await two.Page.GetByRole(AriaRole.Button, new() { Name = "Fetch okapi.txt" }).ClickAsync();
        await Assertions.Expect(two.Page.Locator("#hits")).ToContainTextAsync("Hash verified");
        await Assertions.Expect(one.Page.Locator("#shared")).ToContainTextAsync("sent 1 times");
        await PictureAsync(one, "node-shared");
        await PictureAsync(two, "node-fetched");
        var download = await two.Page.RunAndWaitForDownloadAsync(() => two.Page.GetByText("Save").ClickAsync());
        Assert.Equal("okapi.txt", download.SuggestedFilename);
        Assert.Equal(Text, await File.ReadAllTextAsync(await download.PathAsync()));
        Assert.Empty(one.Faults);
        Assert.Empty(two.Faults);
    }

    [Fact]
    public async Task By_keyboard_alone_search_subscription_and_fetch_work_in_the_dark()
    {
        await using var server = await ServerOnDisk.StartAsync();
        await using var one = await OpenAsync(server, ColorScheme.Dark);
        await ShareAsync(one, "okapi.txt");
        await using var two = await OpenAsync(server, ColorScheme.Dark);
        var keys = two.Page.Keyboard;

        // Each press goes on from where the page put the focus.
        await TabToAsync(two, "query");
        await keys.TypeAsync("okapi");
        await keys.PressAsync("Enter");
        await FocusedAsync(two, "subscribe");
        await keys.PressAsync("Enter");
        await FocusedAsync(two, "sandbox");
        await keys.PressAsync("Enter");
        await Assertions.Expect(two.Page.Locator("#hits li")).ToHaveCountAsync(1);
        await TabToAsync(two, "Fetch okapi.txt");
        await keys.PressAsync("Enter");
        await Assertions.Expect(two.Page.Locator("#hits")).ToContainTextAsync("Hash verified");
        await two.Page.WaitForFunctionAsync("() => document.activeElement.matches('a[download]')");
        await PictureAsync(two, "node-dark");
        Assert.Empty(two.Faults);
    }

    [Fact]
    public async Task Titles_of_strangers_stay_text_and_a_holder_that_is_gone_is_told_of()
    {
        await using var server = await ServerOnDisk.StartAsync(new() { ["Datt:Search:Access"] = "Free" });
        using var stranger = await server.NewCustomerAsync();
        var contentId = "sha256:" + new string('0', 64);
        await stranger.AnnounceAsync("gone", contentId, new { title = "<img src=x onerror=alert(1)> numbat", summary = "a <b>numbat</b>" });
        await stranger.FindsAsync("q=numbat", contentId);
        await using var tab = await OpenAsync(server, ColorScheme.Light, new ViewportSize { Width = 390, Height = 780 });
        await tab.Page.Locator("#query").FillAsync("numbat");
        await tab.Page.Keyboard.PressAsync("Enter");
        await Assertions.Expect(tab.Page.Locator("#hits li strong")).ToHaveTextAsync("<img src=x onerror=alert(1)> numbat");
        Assert.Equal(0, await tab.Page.Locator("#hits img, #hits b").CountAsync());
        await tab.Page.GetByText("Fetch", new() { Exact = true }).ClickAsync();
        await Assertions.Expect(tab.Page.Locator("#hits .bad")).ToContainTextAsync("Nobody who holds");
        await PictureAsync(tab, "node-narrow");
        Assert.Empty(tab.Faults);
    }

    private async Task<Tab> OpenAsync(ServerOnDisk server, ColorScheme scheme, ViewportSize? size = null)
    {
        var tab = await chromium.OpenAsync(server.Address + "node", new() { ColorScheme = scheme, ViewportSize = size ?? new() { Width = 1100, Height = 700 } });
        await Assertions.Expect(tab.Page.Locator("#state")).ToHaveTextAsync("Online", new() { Timeout = 15_000 });
        await tab.Page.WaitForSelectorAsync("body[data-ready]");
        return tab;
    }

    private static async Task ShareAsync(Tab tab, string name)
    {
        await tab.Page.Locator("#file").SetInputFilesAsync(new FilePayload { Name = name, MimeType = "text/plain", Buffer = System.Text.Encoding.UTF8.GetBytes(Text) });
        await Assertions.Expect(tab.Page.Locator("#shared li")).ToContainTextAsync("announced");
    }

    // The element by its id or its label for screen readers.
    private static async Task TabToAsync(Tab tab, string name)
    {
        for (var presses = 0; presses < 40; presses++)
        {
            await tab.Page.Keyboard.PressAsync("Tab");
            if (await tab.Page.EvaluateAsync<bool>("(name) => document.activeElement.id === name || document.activeElement.ariaLabel === name", name))
                return;
        }
        Assert.Fail($"'{name}' is not reached by the Tab key.");
    }

    private static Task FocusedAsync(Tab tab, string id) => tab.Page.WaitForFunctionAsync("(id) => document.activeElement.id === id", id);

    private static Task PictureAsync(Tab tab, string name) => tab.Page.ScreenshotAsync(
        new() { Path = Path.Combine(Repository.Root, "artifacts", "pictures", name + ".png"), FullPage = true });
}
