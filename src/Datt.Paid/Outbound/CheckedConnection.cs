using System.Net;
using System.Net.Sockets;

namespace Datt.Paid.Outbound;

/// <summary>
/// Opens the connections: a name is resolved once, all its addresses are judged, and exactly what was judged is connected to, so that a name
/// which answers differently the next time gains nothing. A name with one refused address among good ones is refused as a whole.
/// </summary>
internal sealed class CheckedConnection(OutboundSettings settings, UrlRules rules, TimeProvider time)
{
    private const int MaxAddresses = 8;
    private static readonly TimeSpan PerAddress = TimeSpan.FromSeconds(4);

    public async ValueTask<Stream> OpenAsync(SocketsHttpConnectionContext context, CancellationToken ct)
    {
        var target = context.DnsEndPoint;
        SocketException? last = null;
        foreach (var address in await AddressesAsync(target.Host, ct))
        {
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            using var patience = new CancellationTokenSource(PerAddress, time);
            using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), either.Token);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException fault)
            {
                socket.Dispose();
                last = fault;
            }
            catch (OperationCanceledException) when (!ct.IsCancellationRequested)
            {
                socket.Dispose();
                last = new SocketException((int)SocketError.TimedOut);
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw last ?? new SocketException((int)SocketError.HostNotFound);
    }

    private async Task<IPAddress[]> AddressesAsync(string host, CancellationToken ct)
    {
        IPAddress[] addresses = IPAddress.TryParse(host.Trim('[', ']'), out var literal) ? [literal] : await ResolveAsync(host, ct);
        foreach (var address in addresses)
        {
            if (rules.Problem(address) is { } problem)
                throw new AddressRefusedException(problem);
        }
        return addresses.Length <= MaxAddresses ? addresses : addresses[..MaxAddresses];
    }

    private async Task<IPAddress[]> ResolveAsync(string host, CancellationToken ct)
    {
        try
        {
            return await settings.Resolve(host, ct) is { Length: > 0 } found ? found : throw new UnresolvedException();
        }
        catch (Exception fault) when (fault is SocketException or ArgumentException)
        {
            throw new UnresolvedException();
        }
    }
}

/// <summary>Carries a refusal out of the handler's connect callback.</summary>
internal sealed class AddressRefusedException(string reason) : Exception(reason);

/// <summary>Carries "no such name" out of the handler's connect callback.</summary>
internal sealed class UnresolvedException() : Exception("The host's name has no address.");
