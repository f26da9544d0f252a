using System.Net;
using System.Net.Sockets;
using Datt.Paid.Protocol.Addresses;

namespace Datt.Paid.Cli.Network;

/// <summary>
/// Connections to addresses that strangers name. From a public server nobody is led into the network of whoever looks around: a name is
/// resolved once and exactly the addresses that were judged are connected to. Redirects are not followed.
/// </summary>
internal static class WalkConnections
{
    /// <param name="allowPrivate">Private addresses may be called: the walk began at one.</param>
    /// <param name="connectWithin">Longest time for a connection.</param>
    public static SocketsHttpHandler Handler(bool allowPrivate, TimeSpan connectWithin) => new()
    {
        AllowAutoRedirect = false,
        UseCookies = false,
        UseProxy = false,
        ConnectTimeout = connectWithin,
        AutomaticDecompression = DecompressionMethods.None,
        ConnectCallback = (context, ct) => OpenAsync(context.DnsEndPoint, allowPrivate, ct),
    };

    /// <summary>Whether an address is one of this machine or of a private network.</summary>
    public static async Task<bool> IsPrivateAsync(Uri url, CancellationToken ct)
    {
        try
        {
            var addresses = await ResolveAsync(url.IdnHost, ct).ConfigureAwait(false);
            return addresses.Length > 0 && addresses.All(a => AddressRules.Judge(a) != AddressKind.Public);
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static async ValueTask<Stream> OpenAsync(DnsEndPoint target, bool allowPrivate, CancellationToken ct)
    {
        var addresses = await ResolveAsync(target.Host, ct).ConfigureAwait(false);
        if (addresses.Any(a => !AddressRules.Allows(AddressRules.Judge(a), allowPrivate)))
        {
            throw new AddressNotCalledException();
        }

        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(addresses, target.Port, ct).ConfigureAwait(false);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private static async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct) =>
        IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await Dns.GetHostAddressesAsync(host, ct).ConfigureAwait(false);
}

/// <summary>Carries the refusal out of the handler's connect callback.</summary>
internal sealed class AddressNotCalledException() : Exception("A public server names an address of a private network.");
