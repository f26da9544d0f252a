namespace Datt.Paid.Server.Tests.Campaigns.Swarm;

/// <summary>Real processes that follow each other while they are cut off, killed and written to. Afterwards all show the same, and nothing that was acknowledged anywhere is missing anywhere.</summary>
[Collection(CampaignCollection.Name)]
public sealed class SwarmCampaign(ITestOutputHelper output)
{
    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Five_servers_agree_after_a_partition_and_a_newcomer_too()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Connections are told apart by the kernel's tables: only on Linux");
        var run = new CampaignRun(output, "swarm");
        var random = CampaignRun.RandomFor(100);
        await using var scene = new SwarmScene(run, Ct);
        for (var i = 0; i < 5; i++)
            await scene.AddAsync();
        await scene.WriteAsync(Writing);
        await scene.AgreeAsync(random);

        // Two on one side, three on the other.
        foreach (var (one, other) in from a in scene.Members.Take(2) from b in scene.Members.Skip(2) select (a, b))
            scene.Cut(one, other);
        run.Say("cut: 0, 1 | 2, 3, 4");
        await scene.WriteAsync(Writing);
        foreach (var (one, other) in from a in scene.Members.Take(2) from b in scene.Members.Skip(2) select (a, b))
            scene.Cut(one, other, cut: false);
        run.Say("healed");
        await scene.AgreeAsync(random);

        await scene.AddAsync();
        await scene.WriteAsync(Writing);
        await scene.AgreeAsync(random);
    }

    [Fact]
    public async Task Four_servers_agree_after_each_pair_was_cut_in_turn_while_all_wrote()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Connections are told apart by the kernel's tables: only on Linux");
        var run = new CampaignRun(output, "cuts");
        var random = CampaignRun.RandomFor(101);
        await using var scene = new SwarmScene(run, Ct);
        for (var i = 0; i < 4; i++)
            await scene.AddAsync();
        foreach (var (one, other) in from a in scene.Members from b in scene.Members where a.Index < b.Index select (a, b))
        {
            scene.Cut(one, other);
            await scene.WriteAsync(Writing / 2);
            scene.Cut(one, other, cut: false);
        }
        await scene.AgreeAsync(random);
    }

    [Fact]
    public async Task Killed_servers_come_back_and_agree()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "kill -9: only on Linux");
        var run = new CampaignRun(output, "swarm kills");
        var random = CampaignRun.RandomFor(102);
        await using var scene = new SwarmScene(run, Ct);
        for (var i = 0; i < 3; i++)
            await scene.AddAsync();
        while (scene.Kills < CampaignRun.Kills)
        {
            await scene.WriteAsync(TimeSpan.FromSeconds(1), async () =>
            {
                for (var i = 0; i < 10 && scene.Kills < CampaignRun.Kills; i++)
                {
                    await Task.Delay(random.Next(200, 1_500), Ct);
                    await scene.KillAndStartAsync(scene.Members[random.Next(scene.Members.Count)]);
                }
            });
            await scene.AgreeAsync(random);
        }
    }

    private static TimeSpan Writing => TimeSpan.FromSeconds(CampaignRun.Full ? 15 : 3);
}
