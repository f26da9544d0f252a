using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>The PeerJS server from npm in a process of its own, installed into a cache outside the tree.</summary>
internal sealed class NpmPeer : IDisposable
{
    private const string Version = "1.0.2";

    private const string Script =
        "const { PeerServer } = require('peer');"
        + "PeerServer({ port: Number(process.argv[1]), host: '127.0.0.1', concurrent_limit: 100000 }, () => console.log('listening'));";

    private readonly Process _process;

    private NpmPeer(Process process, IPEndPoint address) => (_process, Address) = (process, address);

    public IPEndPoint Address { get; }

    public int ProcessId => _process.Id;

    /// <summary>Null, with the reason, where it cannot be had.</summary>
    public static NpmPeer? Start(out string whyNot)
    {
        whyNot = "";
        var cache = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData, Environment.SpecialFolderOption.Create), "datt-bench", "peer-" + Version);
        try
        {
            if (!Directory.Exists(Path.Combine(cache, "node_modules", "peer")))
            {
                Directory.CreateDirectory(cache);
                using var install = Process.Start(new ProcessStartInfo("npm", ["install", "--prefix", cache, "--no-audit", "--no-fund", "--silent", "peer@" + Version]))!;
                install.WaitForExit();
                if (install.ExitCode != 0)
                    whyNot = $"npm could not install peer@{Version}";
            }
            if (whyNot.Length > 0)
                return null;
            var address = new IPEndPoint(IPAddress.Loopback, FreePort());
            var start = new ProcessStartInfo("node", ["-e", Script, address.Port.ToString(CultureInfo.InvariantCulture)])
            {
                WorkingDirectory = cache,
                RedirectStandardOutput = true,
            };
            var process = Process.Start(start)!;
            if (process.StandardOutput.ReadLine() == "listening")
                return new NpmPeer(process, address);
            process.Kill();
            whyNot = "the npm package peer did not start";
        }
        catch (System.ComponentModel.Win32Exception)
        {
            whyNot = "npm or node is not installed";
        }
        return null;
    }

    public void Dispose()
    {
        _process.Kill();
        _process.WaitForExit();
        _process.Dispose();
    }

    private static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
