using Datt.Paid.Tests.Sync.Model;
using FsCheck;
using FsCheck.Fluent;

namespace Datt.Paid.Tests.Sync;

/// <summary>
/// Random stories of several servers that write, follow each other and suffer, against a plain union of sets: once it is quiet they all agree and have everything that was
/// acknowledged and nothing else. <c>DATT_CAMPAIGN=full</c> tells many more.
/// </summary>
public class SwarmModelTests
{
    private enum Kind
    {
        Announce,
        AnnounceMany,
        Withdraw,
        Seal,
        Divide,
        Heal,
        Restart,
        Crash,
        LoseFeeds,
        GoAway,
        ComeBack,
        Pass,
        Poll,
    }

    private readonly record struct Step(Kind Kind, int Server, int Node, int Content, int Title);

    private sealed record Story(int Servers, int Seed, Step[] Steps)
    {
        public override string ToString() => $"{Servers} servers, seed {Seed}: {string.Join("; ", Steps.Select(s => $"{s.Kind} {s.Server} {s.Node} {s.Content} {s.Title}"))}";
    }

    private static readonly Gen<Kind> _kinds = Gen.Frequency(
        (24, Gen.Constant(Kind.Announce)), (6, Gen.Constant(Kind.AnnounceMany)), (10, Gen.Constant(Kind.Withdraw)), (16, Gen.Constant(Kind.Seal)),
        (3, Gen.Constant(Kind.Divide)), (2, Gen.Constant(Kind.Heal)), (2, Gen.Constant(Kind.Restart)), (2, Gen.Constant(Kind.Crash)), (1, Gen.Constant(Kind.LoseFeeds)),
        (2, Gen.Constant(Kind.GoAway)), (2, Gen.Constant(Kind.ComeBack)), (8, Gen.Constant(Kind.Pass)), (3, Gen.Constant(Kind.Poll)));

    private static readonly Gen<Step> _steps =
        from kind in _kinds
        from server in Gen.Choose(0, 4)
        from node in Gen.Choose(0, 2)
        from content in Gen.Choose(0, 9)
        from title in Gen.Choose(0, 2)
        select new Step(kind, server, node, content, title);

    private static readonly Gen<Story> _stories =
        from servers in Gen.Choose(2, 5)
        from seed in Gen.Choose(0, int.MaxValue)
        from steps in _steps.ArrayOf(100)
        select new Story(servers, seed, steps);

    [Fact]
    public void Servers_agree_on_the_union_of_what_was_acknowledged_whatever_came_before()
    {
        var count = Environment.GetEnvironmentVariable("DATT_CAMPAIGN") == "full" ? 300 : 25;
        Prop.ForAll(_stories.ToArbitrary(), story => RunAsync(story).GetAwaiter().GetResult()).Check(Config.QuickThrowOnFailure.WithMaxTest(count));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Who_was_away_while_a_record_came_and_went_and_was_merged_away_does_not_have_it(bool hadItBefore)
    {
        await using var world = await ModelWorld.StartAsync(3, seed: 7);
        await world.AnnounceAsync(0, "n", "stays", "Stays");
        if (hadItBefore)
        {
            await world.AnnounceAsync(0, "n", "goes", "Goes");
            await world.AgreeAsync();
        }
        await world.StopAsync(1, isCrash: false);
        if (!hadItBefore)
            await world.AnnounceAsync(0, "n", "goes", "Goes");
        await world[0]!.Catalog.SealAsync();
        await world.WithdrawAsync(0, "n", "goes");
        await world[0]!.Catalog.SealAsync();
        // Until the run with the tombstone was merged to the first of the epoch and is in nobody's list any more.
        var runs = world[0]!.Catalog.Manifest!.Manifest.Runs.Select(r => r.Id).ToHashSet();
        for (var i = 0; runs.Overlaps(Known(world)); i++)
        {
            await world.AnnounceAsync(0, "n", "other-" + (i % 50), "Version " + i);
            await world[0]!.Catalog.SealAsync();
        }
        await world.StartAsync(1);
        await world.AgreeAsync();
        Assert.DoesNotContain(world[1]!.Contents(), c => c.StartsWith("goes ", StringComparison.Ordinal));
    }

    private static IEnumerable<Datt.Paid.Protocol.Runs.RunId> Known(ModelWorld world) =>
        world[0]!.Catalog.Manifest!.Manifest.Runs.Concat(world[0]!.Catalog.Retired.Runs).Select(r => r.Id);

    private static async Task RunAsync(Story story)
    {
        await using var world = await ModelWorld.StartAsync(story.Servers, story.Seed);
        world.Network.Faults = 60;
        foreach (var step in story.Steps)
        {
            var server = step.Server % story.Servers;
            switch (step.Kind)
            {
                case Kind.Announce:
                    await world.AnnounceAsync(server, $"n{step.Node}", $"c{step.Content}", $"title {step.Title}");
                    break;
                case Kind.AnnounceMany:
                    for (var i = 0; i < 10; i++)
                        await world.AnnounceAsync(server, $"n{step.Node}", $"c{step.Content}-{i}", $"title {step.Title}");
                    break;
                case Kind.Withdraw:
                    await world.WithdrawAsync(server, $"n{step.Node}", $"c{step.Content}");
                    break;
                case Kind.Seal:
                    if (world[server] is { } sealing)
                        await sealing.Catalog.SealAsync();
                    break;
                case Kind.Divide:
                    world.Divide(i => (i + step.Node) % 2);
                    break;
                case Kind.Heal:
                    world.Divide(_ => 0);
                    break;
                case Kind.Restart:
                    await world.StopAsync(server, isCrash: false);
                    await world.StartAsync(server);
                    break;
                case Kind.Crash:
                    await world.StopAsync(server, isCrash: true);
                    await world.StartAsync(server);
                    break;
                case Kind.LoseFeeds:
                    await world.StopAsync(server, isCrash: false);
                    world.LoseFeeds(server);
                    await world.StartAsync(server);
                    break;
                case Kind.GoAway:
                    await world.StopAsync(server, isCrash: step.Title == 0);
                    break;
                case Kind.ComeBack:
                    await world.StartAsync(server);
                    break;
                case Kind.Pass:
                    await Task.Delay(20);
                    break;
                case Kind.Poll:
                    if (world[server] is { } polling)
                        await polling.Streams.PollAsync(CancellationToken.None);
                    break;
            }
        }
        await world.AgreeAsync();
    }
}
