using System.Diagnostics;
using System.Text.Json;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Tests.Architecture;

namespace Datt.Paid.Server.Tests.Torrents;

/// <summary>The client library of qBittorrent and others, by its Python binding; each instance a process of its own that seeds until it is disposed of.</summary>
internal sealed class Libtorrent : IAsyncDisposable
{
    private const string Python = "/usr/bin/python3";
    private const int Seconds = 60;

    private static readonly Lazy<bool> IsInstalled = new(Find);

    private readonly Process _process;

    private Libtorrent(Process process) => _process = process;

    /// <summary>Info-hash as the client computed it; zeros where it knows the other version alone.</summary>
    public string Version1 { get; private set; } = "";

    public string Version2 { get; private set; } = "";

    /// <summary>Skips a test where it cannot run.</summary>
    public static void Needed() => Assert.SkipUnless(IsInstalled.Value, $"There is no libtorrent for {Python}; install the package python3-libtorrent.");

    /// <summary>Loads everything, and is listed by the tracker afterwards unless it does without.</summary>
    /// <param name="torrent">The file.</param>
    /// <param name="folder">Where the torrent's folder goes.</param>
    /// <param name="version2">Has it know nothing of version 1.</param>
    /// <param name="peersOnly">Has it know no web seeds.</param>
    /// <param name="seedsOnly">Has it know no tracker.</param>
    public static async Task<Libtorrent> LoadAsync(string torrent, string folder, bool version2 = false, bool peersOnly = false, bool seedsOnly = false)
    {
        var asked = JsonSerializer.Serialize(new { torrent, folder, version2, peersOnly, seedsOnly, seconds = Seconds });
        var start = new ProcessStartInfo(Python, [Path.Combine(Repository.Root, "tests", "Datt.Paid.Server.Tests", "Torrents", "load.py"), asked])
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
        };
        var client = new Libtorrent(Process.Start(start)!);
        try
        {
            Undertaker.Own(client._process.Id);
            var line = await client._process.StandardOutput.ReadLineAsync(TestContext.Current.CancellationToken);
            Assert.False(line is null, "libtorrent ended without a word.");
            var answer = JsonSerializer.Deserialize<JsonElement>(line);
            Assert.True(answer.GetProperty("complete").GetBoolean() && answer.GetProperty("answered").GetBoolean(), $"After {Seconds} s: {answer}");
            client.Version1 = answer.GetProperty("version1").GetString()!;
            client.Version2 = answer.GetProperty("version2").GetString()!;
            return client;
        }
        catch
        {
            await client.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(CancellationToken.None);
        Undertaker.Gone(_process.Id);
        _process.Dispose();
    }

    private static bool Find()
    {
        if (!File.Exists(Python))
            return false;
        using var process = Process.Start(new ProcessStartInfo(Python, ["-c", "import libtorrent"]) { RedirectStandardError = true })!;
        process.StandardError.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode == 0;
    }
}
