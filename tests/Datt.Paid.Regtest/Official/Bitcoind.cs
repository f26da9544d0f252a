using NBitcoin.Tests;

namespace Datt.Paid.Regtest.Official;

/// <summary>The bitcoind that NBitcoin.TestFramework runs: it downloads a release once, into the folder the tests are started in.</summary>
internal static class Bitcoind
{
    private static readonly TimeSpan ReachWithin = TimeSpan.FromSeconds(15);
    private static readonly SemaphoreSlim OneAtATime = new(1);
    private static string? s_missing;

    public static NodeDownloadData Release => NodeDownloadData.Bitcoin.v30_2;

    /// <summary>Skips the test where there is no bitcoind and none can be downloaded.</summary>
    public static async Task NeedAsync()
    {
        await OneAtATime.WaitAsync();
        try
        {
            s_missing ??= await FetchAsync();
        }
        finally
        {
            OneAtATime.Release();
        }
        if (s_missing.Length > 0)
            Assert.Skip(s_missing);
    }

    /// <summary>Empty, or why there is none.</summary>
    private static async Task<string> FetchAsync()
    {
        var download = Release.GetCurrentOSDownloadData();
        var executable = Path.GetFullPath(Path.Combine("TestData", string.Format(null, download.Executable, Release.Version)));
        if (File.Exists(executable))
            return "";
        var source = string.Format(null, download.DownloadLink, Release.Version);
        try
        {
            // The download itself waits up to ten minutes, also for a host that never answers.
            using var http = new HttpClient { Timeout = ReachWithin };
            using var head = await http.SendAsync(new HttpRequestMessage(HttpMethod.Head, source));
            head.EnsureSuccessStatusCode();
            await Task.Run(() => NodeBuilder.EnsureDownloaded(Release));
        }
        catch (Exception failure) when (failure is HttpRequestException or OperationCanceledException or IOException)
        {
            return $"bitcoind {Release.Version} is not at {executable} and cannot be downloaded from {source}: {failure.Message}";
        }
        return "";
    }
}
