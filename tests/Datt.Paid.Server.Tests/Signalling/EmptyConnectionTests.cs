using System.Net.Sockets;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Signalling;

/// <summary>Connections that browsers open ahead of need.</summary>
public class EmptyConnectionTests
{
    [Fact]
    public async Task Connections_on_which_nothing_came_do_not_hold_up_the_stop()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var silent = new TcpClient();
        await silent.ConnectAsync(server.Address.Host, server.Address.Port);
        using var begun = new TcpClient();
        await begun.ConnectAsync(server.Address.Host, server.Address.Port);
        await begun.GetStream().WriteAsync("GET /peerjs?key"u8.ToArray());
        // Connections are taken in order: once this one is answered, those before it are there.
        Assert.True((await server.Anyone.GetAsync("/health/live")).IsSuccessStatusCode);

        // Ends with a fault when connections are left at the end of the time for stopping.
        await server.StopAsync();

        Assert.Equal(0, await silent.GetStream().ReadAsync(new byte[1]));
    }
}
