using Datt.Paid.Policy;
using Datt.Paid.Protocol.Records;
using FsCheck;
using FsCheck.Fluent;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Tests.Policy;

/// <summary>Whatever is announced, blocked, unblocked and interrupted: the index ends in agreement with the rules.</summary>
public class PolicyPassTests
{
    private enum Act
    {
        Announce,
        Withdraw,
        Block,
        Unblock,
        Restart,
        Settle,
    }

    private readonly record struct Step(Act Act, int Node, int Content, int Rule);

    private static readonly Gen<Step> Steps =
        from act in Gen.Frequency(
            (12, Gen.Constant(Act.Announce)), (4, Gen.Constant(Act.Withdraw)), (5, Gen.Constant(Act.Block)), (4, Gen.Constant(Act.Unblock)),
            (1, Gen.Constant(Act.Restart)), (1, Gen.Constant(Act.Settle)))
        from node in Gen.Choose(0, 3)
        from content in Gen.Choose(0, 11)
        from rule in Gen.Choose(0, 7)
        select new Step(act, node, content, rule);

    [Fact]
    public void The_index_shows_what_a_naive_reading_of_the_rules_shows()
    {
        Prop.ForAll(Steps.ArrayOf(60).ToArbitrary(), story => RunAsync(story).GetAwaiter().GetResult())
            .Check(Config.QuickThrowOnFailure.WithMaxTest(6));
    }

    private static async Task RunAsync(Step[] story)
    {
        await using var scene = await PolicyScene.OpenAsync();
        var held = new HashSet<(int Node, int Content)>();
        var standing = new Dictionary<int, PolicyRule>();
        foreach (var step in story)
        {
            switch (step.Act)
            {
                case Act.Announce:
                    await scene.AnnounceAsync($"n{step.Node}", $"c{step.Content}", Described(step.Content));
                    held.Add((step.Node, step.Content));
                    break;
                case Act.Withdraw:
                    await scene.WithdrawAsync($"n{step.Node}", $"c{step.Content}");
                    held.Remove((step.Node, step.Content));
                    break;
                case Act.Block:
                    var (kind, value) = Rule(step.Rule, scene.Self);
                    standing[step.Rule] = await scene.BlockAsync(kind, value);
                    break;
                case Act.Unblock when standing.Remove(step.Rule, out var rule):
                    await scene.UnblockAsync(rule);
                    break;
                case Act.Restart:
                    await scene.StopAsync();
                    await scene.StartAsync();
                    break;
                case Act.Settle:
                    await scene.SettledAsync();
                    break;
            }
        }

        await scene.SettledAsync();
        var visible = held.Where(h => !standing.Keys.Any(r => IsHolderHidden(Rule(r, scene.Self), scene.Self, h.Node)))
            .Select(h => h.Content).Distinct()
            .Where(c => !standing.Keys.Select(r => Rule(r, scene.Self)).Any(r => ContentPolicyTests.Naively(r.Kind, r.Value, $"c{c}", Described(c))));
        await scene.ShowsAsync(visible.Select(c => $"c{c}"));
    }

    private static Description Described(int content) => new()
    {
        Title = $"content {(content % 2 == 0 ? "even" : "odd")} {content}",
        Label = content % 3 == 0 ? "third" : null,
        Language = content % 4 == 0 ? "pt-br" : "en",
        Size = content * 100,
    };

    private static (RuleKind Kind, string Value) Rule(int number, string self) => number switch
    {
        0 => (RuleKind.Word, "even"),
        1 => (RuleKind.Word, "content odd"),
        2 => (RuleKind.Label, "third"),
        3 => (RuleKind.Language, "pt"),
        4 => (RuleKind.Size, "800"),
        5 => (RuleKind.Content, "c5"),
        6 => (RuleKind.Node, $"{self}/n1"),
        _ => (RuleKind.Node, $"{self}/n2"),
    };

    private static bool IsHolderHidden((RuleKind Kind, string Value) rule, string self, int node) =>
        rule.Kind == RuleKind.Node && rule.Value == $"{self}/n{node}";

    [Fact]
    public async Task A_pass_that_is_interrupted_is_finished_after_the_restart_also_when_the_rule_is_gone_by_then()
    {
        // Half a minute for all of it: every stop is in the middle.
        await using var scene = await PolicyScene.OpenAsync(new PolicySettings { ContentsPerSecond = 3 });
        var all = Enumerable.Range(0, 90).Select(i => $"c{i:00}").ToList();
        foreach (var id in all)
            await scene.AnnounceAsync("n", id, new Description { Title = "the same" });
        await scene.ShowsAsync(all);
        var rule = await scene.BlockAsync(RuleKind.Word, "same");
        await TouchedAsync(scene);
        await scene.StopAsync();

        await scene.StartAsync();
        Assert.False(scene.Pass.IsSettled);
        await TouchedAsync(scene);
        await scene.UnblockAsync(rule);
        await scene.StopAsync();

        await scene.StartAsync(runs: false);
        Assert.False(scene.Pass.IsSettled);
        var quick = new PolicyPass(
            scene.Catalog, scene.Book, scene.Engine, new PolicySettings(), TimeProvider.System, NullLogger<PolicyPass>.Instance);
        using var stop = new CancellationTokenSource();
        var running = quick.RunAsync(stop.Token);
        await scene.ShowsAsync(all);
        await scene.SettledAsync();
        await stop.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => running);
    }

    /// <summary>Waits until some of the index is changed, and not all of it.</summary>
    private static async Task TouchedAsync(PolicyScene scene)
    {
        long total;
        do
        {
            await Task.Delay(10, TestContext.Current.CancellationToken);
            total = await scene.TotalAsync();
        }
        while (total == 90);
        Assert.InRange(total, 1, 89);
    }

    [Fact]
    public async Task A_database_from_a_backup_wins_over_an_index_that_knows_more()
    {
        await using var scene = await PolicyScene.OpenAsync();
        foreach (var id in new[] { "a", "b" })
            await scene.AnnounceAsync("n", id, new Description { Title = $"title {id}" });
        await scene.BlockAsync(RuleKind.Word, "a");
        await scene.SettledAsync();
        await scene.StopAsync();
        var backup = await File.ReadAllBytesAsync(scene.DatabaseFile, TestContext.Current.CancellationToken);

        await scene.StartAsync();
        await scene.BlockAsync(RuleKind.Word, "b");
        await scene.SettledAsync();
        await scene.ShowsAsync([]);
        await scene.StopAsync();
        await File.WriteAllBytesAsync(scene.DatabaseFile, backup, TestContext.Current.CancellationToken);

        await scene.StartAsync();
        await scene.SettledAsync();
        await scene.ShowsAsync(["b"]);

        // The next change takes the number that another one had before.
        await scene.UnblockAsync(await scene.BlockAsync(RuleKind.Word, "a"));
        await scene.SettledAsync();
        await scene.ShowsAsync(["a", "b"]);
    }

    [Fact]
    public async Task What_is_hidden_is_counted()
    {
        await using var scene = await PolicyScene.OpenAsync();
        for (var i = 0; i < 6; i++)
        {
            await scene.AnnounceAsync("n1", $"c{i}", Described(i));
            await scene.AnnounceAsync("n2", $"c{i}", Described(i));
        }

        await scene.AnnounceAsync("n1", "alone", Described(11));
        Assert.Equal(default, scene.Pass.Hidden);
        await scene.BlockAsync(RuleKind.Label, "third");
        await scene.BlockAsync(RuleKind.Node, $"{scene.Self}/n1");
        await scene.SettledAsync();
        await scene.ShowsAsync(["c1", "c2", "c4", "c5"]);
        // c0 and c3 with both their holders, alone with its only one, and n1 at the four others.
        Assert.Equal((3, 4 + 1 + 4), (scene.Pass.Hidden.Contents, scene.Pass.Hidden.Records));
    }
}
