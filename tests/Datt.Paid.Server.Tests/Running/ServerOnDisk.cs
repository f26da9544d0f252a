using System.Net.Http.Headers;
using Datt.Paid.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>
/// A real server on a real port with a data directory of its own, which outlives restarts. Limits on rates are off unless a test sets them.
/// </summary>
public sealed class ServerOnDisk : IAsyncDisposable
{
    private readonly Dictionary<string, string?> _settings;
    private readonly TimeProvider? _time;
    private readonly Action<IServiceCollection>? _services;
    private WebApplication? _app;

    private ServerOnDisk(Dictionary<string, string?> settings, TimeProvider? time, Action<IServiceCollection>? services)
    {
        _settings = settings;
        _time = time;
        _services = services;
        Directory = System.IO.Directory.CreateTempSubdirectory("datt-server-").FullName;
    }

    /// <summary>The data directory.</summary>
    public string Directory { get; }

    /// <summary>What the server printed when it started.</summary>
    public StringWriter Output { get; } = new();

    public IServiceProvider Services => _app!.Services;

    public Uri Address { get; private set; } = null!;

    /// <summary>A client without a key.</summary>
    public HttpClient Anyone { get; private set; } = null!;

    public static async Task<ServerOnDisk> StartAsync(
        Dictionary<string, string?>? settings = null, TimeProvider? time = null, Action<IServiceCollection>? services = null)
    {
        var server = new ServerOnDisk(settings ?? [], time, services);
        await server.StartAsync();
        return server;
    }

    /// <summary>Stops in good order and starts again on the same directory.</summary>
    public async Task RestartAsync()
    {
        await StopAsync();
        await StartAsync();
    }

    public async Task StopAsync()
    {
        if (_app is null)
            return;
        Anyone.Dispose();
        await _app.StopAsync();
        await _app.DisposeAsync();
        _app = null;
    }

    /// <summary>A client of a new account, with the account's first key.</summary>
    public async Task<Customer> NewCustomerAsync() => await Customer.OpenAsync(this);

    /// <summary>A client with any key.</summary>
    public HttpClient With(string apiKey)
    {
        var client = new HttpClient { BaseAddress = Address };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", apiKey);
        return client;
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        System.IO.Directory.Delete(Directory, recursive: true);
    }

    private async Task StartAsync()
    {
        var all = new Dictionary<string, string?>
        {
            ["Datt:DataDirectory"] = Directory,
            ["Datt:Limits:RequestsPerSecond"] = "0",
            ["Logging:LogLevel:Default"] = "Warning",
            ["environment"] = "Development",
            ["urls"] = "http://127.0.0.1:0",
        };
        foreach (var (key, value) in _settings)
            all[key] = value;
        string[] args = [.. all.Where(pair => pair.Value is not null).Select(pair => $"--{pair.Key}={pair.Value}")];
        _app = DattServer.Build(args, builder =>
        {
            builder.Services.Replace(ServiceDescriptor.Singleton<TextWriter>(Output));
            if (_time is not null)
                builder.Services.Replace(ServiceDescriptor.Singleton(_time));
            _services?.Invoke(builder.Services);
        });
        await DattServer.StartAsync(_app, TestContext.Current.CancellationToken);
        Address = new Uri(Services.GetRequiredService<PublicAddress>().Bound[0]);
        Anyone = new HttpClient { BaseAddress = Address };
        await Eventually.HoldsAsync(async () => (await Anyone.GetAsync("/health/ready")).IsSuccessStatusCode, "the server is ready");
    }
}
