using Datt.Paid.Cli.Settings;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Sharing;

/// <summary>Lets a node at work hear of <c>datt move</c>, through the configuration file that both read.</summary>
internal static class MoveWatch
{
    private static readonly TimeSpan Interval = TimeSpan.FromSeconds(2);

    /// <summary>Ends when the nodes of a server have been moved, from now on.</summary>
    /// <returns>The new server, and the configuration that knows the account there.</returns>
    public static async Task<(Uri To, ConfigFile Config)> WaitAsync(string configPath, Uri server, TimeProvider time, CancellationToken ct)
    {
        var since = time.GetUtcNow();
        var read = Written(configPath);
        using var timer = new PeriodicTimer(Interval, time);
        for (; ; )
        {
            await timer.WaitForNextTickAsync(ct).ConfigureAwait(false);
            var written = Written(configPath);
            if (written == read)
            {
                continue;
            }

            try
            {
                read = written;
                var config = ConfigFile.Open(configPath);
                if (config.MovedFrom(server, since) is { } to)
                {
                    return (to, config);
                }
            }
            catch (Exception e) when (e is CommandFailure or IOException or UnauthorizedAccessException)
            {
                // Somebody is editing it; the next change is looked at again.
            }
        }
    }

    private static DateTime Written(string path) => File.GetLastWriteTimeUtc(path);
}
