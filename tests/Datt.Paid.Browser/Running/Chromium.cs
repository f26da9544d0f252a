using Microsoft.Playwright;

[assembly: AssemblyFixture(typeof(Datt.Paid.Browser.Running.Chromium))]

namespace Datt.Paid.Browser.Running;

/// <summary>The Chromium of this machine, started when the first test wants a tab.</summary>
public sealed class Chromium : IAsyncDisposable
{
    private static readonly string[] Places = ["/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome"];

    private readonly SemaphoreSlim _starting = new(1);
    private IPlaywright? _playwright;
    private IBrowser? _browser;

    /// <summary>A new tab that shares nothing with others. What goes wrong in it is in <see cref="Tab.Log"/>.</summary>
    public async Task<Tab> OpenAsync(string url, BrowserNewContextOptions? options = null)
    {
        var browser = await StartAsync();
        var context = await browser.NewContextAsync(options);
        context.SetDefaultTimeout(30_000);
        var tab = new Tab(context, await context.NewPageAsync());
        await tab.Page.GotoAsync(url);
        return tab;
    }

    /// <summary>A tab with a page of the server's origin in which nothing runs but what a test brings.</summary>
    public Task<Tab> OpenBlankAsync(Uri server) => OpenAsync(server + "health/live", new() { BypassCSP = true });

    public async ValueTask DisposeAsync()
    {
        if (_browser is not null)
            await _browser.DisposeAsync();
        _playwright?.Dispose();
        _starting.Dispose();
    }

    private async Task<IBrowser> StartAsync()
    {
        var program = Places.FirstOrDefault(File.Exists);
        Assert.SkipUnless(program is not null, "There is no Chromium in /usr/bin; install the package chromium.");
        await _starting.WaitAsync();
        try
        {
            _playwright ??= await Playwright.CreateAsync();
            return _browser ??= await _playwright.Chromium.LaunchAsync(new BrowserTypeLaunchOptions
            {
                ExecutablePath = program,
                // Peers on one machine see each other by its addresses; without the feature Chromium hides them behind names that nobody resolves here.
                Args = ["--no-sandbox", "--disable-dev-shm-usage", "--disable-features=WebRtcHideLocalIpsWithMdns", "--allow-loopback-in-peer-connection"],
            });
        }
        finally
        {
            _starting.Release();
        }
    }
}

/// <summary>A tab with storage of its own.</summary>
public sealed class Tab : IAsyncDisposable
{
    private readonly IBrowserContext _context;
    private readonly System.Collections.Concurrent.ConcurrentQueue<string> _log = new();

    public Tab(IBrowserContext context, IPage page)
    {
        _context = context;
        Page = page;
        page.Console += (_, message) => _log.Enqueue($"{message.Type}: {message.Text}");
        page.PageError += (_, fault) => _log.Enqueue("fault: " + fault);
    }

    public IPage Page { get; }

    /// <summary>What the tab wrote to its console.</summary>
    public string Log => string.Join('\n', _log);

    /// <summary>Uncaught faults, and what the page's policy forbade.</summary>
    public IEnumerable<string> Faults => _log.Where(line => line.StartsWith("fault:", StringComparison.Ordinal) || line.Contains("Content Security Policy", StringComparison.Ordinal));

    public async ValueTask DisposeAsync()
    {
        // Shown with a test that fails.
        TestContext.Current.TestOutputHelper?.WriteLine("{0}: {1}", Page.Url, Log);
        await _context.CloseAsync();
    }
}
