using System.Net;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>
/// The server is killed over and over while nodes announce and delete, people search and buy. After every restart what was acknowledged is
/// there, what was deleted is gone, nothing is there that was not sent, and the books agree.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class KillCampaign(ITestOutputHelper output)
{
    private const int Nodes = 3;

    [Fact]
    public async Task NothingAcknowledgedIsLost()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill -9 and SIGTERM: only on Linux");
        var run = new CampaignRun(output, "kills");
        using var folder = new DataFolder(run);
        await using var scene = new KillScene(run, folder.Data, Nodes, TestContext.Current.CancellationToken);
        await scene.BeginAsync();
        var random = CampaignRun.RandomFor(0);
        var moments = Enum.GetValues<KillMoment>();
        while (scene.Kills < CampaignRun.Kills)
        {
            await scene.LoadAndKillAsync(moments[random.Next(moments.Length)], random);
            await scene.RestartAndCheckAsync(random, everything: false);
        }
        await scene.RestartAndCheckAsync(random, everything: true);
        await scene.StopAndVerifyAsync();
        run.Say(scene.Figures);
        folder.Passed();
    }

    [Fact]
    public async Task ANodeThatWasTakenStaysTaken()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill -9: only on Linux");
        var ct = TestContext.Current.CancellationToken;
        var run = new CampaignRun(output, "taken");
        using var folder = new DataFolder(run);
        var address = ServerProcess.FreeAddress();
        var body = new JsonObject { ["title"] = "mine" };
        Caller owner, intruder;
        await using (var server = await ServerProcess.Start(folder.Data, address).ReadyAsync(ct))
        {
            owner = await Caller.RegisteredAsync(address, ct);
            intruder = await Caller.RegisteredAsync(address, ct);
            (await owner.MustPutAsync("/api/v1/content/a?node=n1", body, ct)).Expect(HttpStatusCode.NoContent);
            await server.KillAsync();
        }
        await using (await ServerProcess.Start(folder.Data, address).ReadyAsync(ct))
        {
            var refused = (await intruder.MustPutAsync("/api/v1/content/b?node=n1", body, ct)).Expect(HttpStatusCode.Forbidden);
            Assert.Equal("node_taken", refused.Code);
            (await owner.MustPutAsync("/api/v1/content/c?node=n1", body, ct)).Expect(HttpStatusCode.NoContent);
        }
        owner.Dispose();
        intruder.Dispose();
        folder.Passed();
    }
}
