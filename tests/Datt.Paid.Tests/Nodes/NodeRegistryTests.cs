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

    private async Task<NodeRegistry> OpenAsync()
    {
        var registry = new NodeRegistry(_services.GetRequiredService<Database>(), _time);
        await registry.LoadAsync(Ct);
        return registry;
    }
}
