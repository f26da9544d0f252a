using Datt.Paid.Nodes;
using Datt.Paid.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Tests.Nodes;

/// <summary>The registry on a real database file.</summary>
public sealed class NodeRegistryTests : IAsyncLifetime
{
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-nodes-").FullName;
    private readonly FakeTimeProvider _time = new(DateTimeOffset.Parse("2026-11-22T12:00:00Z", System.Globalization.CultureInfo.InvariantCulture));
    private readonly ServiceProvider _services;

    public NodeRegistryTests()
    {
        var services = new ServiceCollection();
        services.AddLogging();
        services.AddStorage(_ => StorageRegistration.SqliteFile(_directory));
        _services = services.BuildServiceProvider();
    }

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => await _services.GetRequiredService<Database>().MigrateAsync(Ct);

    public async ValueTask DisposeAsync()
    {
        await _services.DisposeAsync();
        SqliteConnection.ClearAllPools();
        Directory.Delete(_directory, recursive: true);
    }

    [Fact]
    public async Task Of_many_accounts_that_claim_a_name_at_once_one_gets_it()
    {
        var registry = await OpenAsync();
        var claims = await Task.WhenAll(Enumerable.Range(0, 16).Select(i => registry.ClaimAsync("n", $"account-{i}", Ct).AsTask()));
        Assert.Single(claims, NodeClaim.Yours);
        Assert.Equal(15, claims.Count(claim => claim == NodeClaim.Taken));

        Assert.True(registry.TryGet("n", out var node));
        var later = await OpenAsync();
        Assert.Equal(NodeClaim.Yours, await later.ClaimAsync("n", node.AccountId, Ct));
        Assert.Equal(NodeClaim.Taken, await later.ClaimAsync("n", "somebody else", Ct));
    }

    [Fact]
    public async Task What_another_process_wrote_meanwhile_is_respected()
    {
        var one = await OpenAsync();
        var other = await OpenAsync();
        Assert.Equal(NodeClaim.Yours, await one.ClaimAsync("n", "first", Ct));
        Assert.Equal(NodeClaim.Taken, await other.ClaimAsync("n", "second", Ct));
    }

    [Fact]
    public async Task Presence_ends_by_itself_and_the_last_sight_is_kept()
    {
        var registry = await OpenAsync();
        await registry.ClaimAsync("n", "a", Ct);
        registry.Arrive("n", NodeEndpoints.None, "desktop", TimeSpan.FromSeconds(10));
        Assert.Equal(1, registry.CountOnline(_time.GetUtcNow()));
        _time.Advance(TimeSpan.FromSeconds(10));
        Assert.Equal(0, registry.CountOnline(_time.GetUtcNow()));

        registry.Seen("n");
        await registry.FlushAsync(Ct);
        var later = await OpenAsync();
        Assert.True(later.TryGet("n", out var node));
        Assert.Equal(_time.GetUtcNow(), node.LastSeen);
        Assert.False(node.IsOnline(_time.GetUtcNow(), out _));
        Assert.Empty(later.UnseenSince(_time.GetUtcNow()));
        Assert.Single(later.UnseenSince(_time.GetUtcNow().AddMilliseconds(1)));
    }

    [Fact]
    public async Task An_account_has_a_bounded_number_of_names()
    {
        var registry = await OpenAsync();
        await _services.GetRequiredService<Database>().WriteAsync(
            db =>
            {
                for (var i = 0; i < NodeRegistry.MaxOfAccount; i++)
                    db.NodeOwners.Add(new NodeOwner { NodeId = $"n{i}", AccountId = "greedy", FirstSeen = _time.GetUtcNow(), LastSeen = _time.GetUtcNow() });
                return Task.CompletedTask;
            }, Ct);
        await registry.LoadAsync(Ct);
        Assert.Equal(NodeClaim.TooManyOfAccount, await registry.ClaimAsync("one-more", "greedy", Ct));
        Assert.Equal(NodeClaim.Yours, await registry.ClaimAsync("n1", "greedy", Ct));
        Assert.Equal(NodeClaim.Yours, await registry.ClaimAsync("one-more", "modest", Ct));
    }

    [Fact]
    public async Task A_lease_holds_while_it_is_renewed_and_comes_back_after_a_silence()
    {
        var registry = await OpenAsync();
        await registry.ClaimAsync("n", "a", Ct);
        var lease = registry.Open("n", NodeEndpoints.None, "browser", TimeSpan.FromSeconds(5));
        for (var i = 0; i < 3; i++)
        {
            _time.Advance(TimeSpan.FromSeconds(4));
            Assert.True(registry.Renew(lease));
        }
        Assert.True(IsOnline(registry, "n"));
        _time.Advance(TimeSpan.FromSeconds(5));
        Assert.False(IsOnline(registry, "n"));
        registry.Sweep();
        Assert.True(registry.Renew(lease));
        Assert.True(IsOnline(registry, "n"));
        registry.Close(lease);
        Assert.False(IsOnline(registry, "n"));
        Assert.False(registry.Renew(lease));
        Assert.False(IsOnline(registry, "n"));
    }

    [Fact]
    public async Task The_end_of_a_lease_ends_neither_its_successor_nor_a_later_heartbeat()
    {
        var registry = await OpenAsync();
        await registry.ClaimAsync("n", "a", Ct);
        registry.Arrive("n", NodeEndpoints.None, null, TimeSpan.FromHours(1));
        var old = registry.Open("n", NodeEndpoints.None, null, TimeSpan.FromSeconds(5));
        var young = registry.Open("n", NodeEndpoints.None, null, TimeSpan.FromSeconds(5));
        registry.Close(old);
        Assert.True(IsOnline(registry, "n"));
        registry.Close(young);
        // The heartbeat before the socket does not come back.
        Assert.False(IsOnline(registry, "n"));
        var third = registry.Open("n", NodeEndpoints.None, null, TimeSpan.FromSeconds(5));
        registry.Arrive("n", NodeEndpoints.None, null, TimeSpan.FromSeconds(60));
        registry.Close(third);
        Assert.True(IsOnline(registry, "n"));
    }

    [Fact]
    public async Task A_clock_that_is_set_back_makes_no_presence_longer_than_its_time()
    {
        var time = new Calendar { Now = _time.GetUtcNow() };
        var registry = new NodeRegistry(_services.GetRequiredService<Database>(), time);
        await registry.ClaimAsync("n", "a", Ct);
        registry.Arrive("n", NodeEndpoints.None, null, TimeSpan.FromSeconds(60));
        time.Now -= TimeSpan.FromDays(1);
        registry.Sweep();
        time.Now += TimeSpan.FromSeconds(61);
        Assert.True(registry.TryGet("n", out var node));
        Assert.False(node.IsOnline(time.Now, out _));
    }

    /// <summary>Whoever follows the changes by versions sees at each time what the registry shows, whatever happens.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Following_the_changes_shows_the_same_as_looking(int seed)
    {
        var random = new Random(seed);
        var registry = await OpenAsync();
        string[] names = [.. Enumerable.Range(0, 8).Select(i => $"n{i}")];
        foreach (var name in names)
            await registry.ClaimAsync(name, "a", Ct);
        Assert.True(NodeEndpoints.TryCreate(["https://x.example/"], out var other, out _));
        var leases = new Dictionary<string, PresenceLease>();
        var followed = new Dictionary<string, string>();
        var version = registry.Version;
        for (var step = 0; step < 600; step++)
        {
            var name = names[random.Next(names.Length)];
            var endpoints = random.Next(2) == 0 ? NodeEndpoints.None : other;
            switch (random.Next(8))
            {
                case 0: registry.Arrive(name, endpoints, null, TimeSpan.FromSeconds(random.Next(1, 20))); break;
                case 1: leases[name] = registry.Open(name, endpoints, null, TimeSpan.FromSeconds(5)); break;
                case 2: registry.Leave(name); break;
                case 3 when leases.TryGetValue(name, out var lease): registry.Close(lease); break;
                case 4 when leases.TryGetValue(name, out var lease): registry.Update(lease, endpoints, null); break;
                case 5 when leases.TryGetValue(name, out var lease): registry.Renew(lease); break;
                default: _time.Advance(TimeSpan.FromSeconds(random.Next(4))); break;
            }
            if (random.Next(3) > 0)
                continue;
            registry.Sweep();
            for (var more = true; more;)
            {
                var changes = registry.ChangesSince(version, 3);
                Assert.NotNull(changes);
                foreach (var node in changes.Nodes)
                {
                    followed.Remove(node.NodeId);
                    if (node.IsOnline(_time.GetUtcNow(), out var shown))
                        followed[node.NodeId] = shown.ToString();
                }
                (version, more) = (changes.Version, changes.More);
            }
            var looked = names.Where(n => IsOnline(registry, n)).ToDictionary(n => n, n => registry.TryGet(n, out var node) && node.IsOnline(_time.GetUtcNow(), out var e) ? e.ToString() : "");
            Assert.True(looked.Count == followed.Count && looked.All(pair => followed.GetValueOrDefault(pair.Key) == pair.Value), $"seed {seed}, step {step}");
        }
    }

    [Fact]
    public async Task Changes_are_kept_in_bounded_number_and_versions_of_another_run_are_refused()
    {
        var registry = await OpenAsync();
        await registry.ClaimAsync("n", "a", Ct);
        var version = registry.Version;
        Assert.NotNull(registry.ChangesSince(version, 10));
        Assert.Null((await OpenAsync()).ChangesSince(version, 10));
        for (var i = 0; i <= PresenceLog.Kept / 2; i++)
        {
            registry.Arrive("n", NodeEndpoints.None, null, TimeSpan.FromSeconds(60));
            registry.Leave("n");
        }
        Assert.Null(registry.ChangesSince(version, 10));
        Assert.True(PresenceVersion.TryParse(registry.Version.ToString(), out var parsed));
        Assert.Equal(registry.Version, parsed);
    }

    private bool IsOnline(NodeRegistry registry, string name) => registry.TryGet(name, out var node) && node.IsOnline(_time.GetUtcNow(), out _);

    private sealed class Calendar : TimeProvider
    {
        public DateTimeOffset Now { get; set; }

        public override DateTimeOffset GetUtcNow() => Now;
    }

    private async Task<NodeRegistry> OpenAsync()
    {
        var registry = new NodeRegistry(_services.GetRequiredService<Database>(), _time);
        await registry.LoadAsync(Ct);
        return registry;
    }
}
