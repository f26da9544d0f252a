using System.Net;
using Datt.Paid.Federation;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Cli;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Server.Tests.Operators;

/// <summary>A server lost its key and its feed: it comes back at its address as another, and operators of others decide.</summary>
public sealed class AcceptServerTests
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_server_that_lost_its_key_is_refused_until_an_operator_accepts_it()
    {
        await using var network = new Network();
        var there = await network.AddAsync([], new() { ["urls"] = ServerProcess.FreeAddress().ToString() });
        var here = await network.AddAsync([there.Address.ToString()]);
        await network.CompleteAsync();
        var (former, address) = (Network.IdOf(there), there.Address);
        var key = await OperatorOf.KeyAsync(here);
        using var terminal = new Terminal(here.Address, key);
        using var client = here.With(key);
        await Refused.WithAsync(client.PostAsync($"/api/v1/admin/servers/{former}/accept", null, Ct), HttpStatusCode.Conflict, "conflict");
        await Refused.WithAsync(client.PostAsync($"/api/v1/admin/servers/{Network.IdOf(here)}/accept", null, Ct), HttpStatusCode.NotFound, "not_found");
        using var customer = await here.NewCustomerAsync();
        await Refused.WithAsync(customer.Http.PostAsync($"/api/v1/admin/servers/{former}/accept", null, Ct), HttpStatusCode.Forbidden, "forbidden");

        await there.StopAsync();
        // The database stays: this process still holds connections to it, and nothing in it says who the server is.
        foreach (var entry in new DirectoryInfo(there.Directory).EnumerateFileSystemInfos().Where(e => !e.Name.StartsWith("datt.db", StringComparison.Ordinal)))
        {
            if (entry is DirectoryInfo folder)
                folder.Delete(recursive: true);
            else
                entry.Delete();
        }
        await there.RestartAsync();
        Assert.Equal((address, false), (there.Address, Network.IdOf(there) == former));
        var directory = here.Services.GetRequiredService<ServerDirectory>();
        await Eventually.HoldsAsync(() => Task.FromResult(directory.TryGet(former, out var known) && known.State == ServerState.Refused), "the other key is refused");
        Assert.False(Network.Knows(here, there));

        var accepted = await terminal.JsonAsync("operator", "servers", "accept", former);
        Assert.Equal((Network.IdOf(there), former), (accepted.GetProperty("id").GetString(), accepted.GetProperty("former").GetString()));
        Assert.True(Network.Knows(here, there));
        Assert.False(directory.TryGet(former, out _));
        // And so it stays.
        await here.RestartAsync();
        await Eventually.HoldsAsync(() => Task.FromResult(Network.Knows(here, there)), "it is known after a restart");
        Assert.False(here.Services.GetRequiredService<ServerDirectory>().TryGet(former, out _));
        var (exit, _, error) = await new Terminal(here.Address, key).RunAsync("operator", "servers", "accept", former);
        Assert.NotEqual(0, exit);
        Assert.Contains("No server of this id", error, StringComparison.Ordinal);
    }
}
