using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Accounts;
using Datt.Paid.Storage;
using Datt.Paid.Tests.Payments;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Tests.Accounts;

public sealed class AccountTests : IAsyncLifetime
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private MoneyServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MoneyServer.StartAsync(new() { ["Datt:Accounts:MaximumKeys"] = "3" });

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Nothing_is_needed_and_names_may_repeat()
    {
        var first = await CreateAsync(new NewAccount("bob", null, null));
        var second = await CreateAsync(new NewAccount("bob", "", ""));
        Assert.NotEqual(first, second);
        Assert.IsType<AccountOutcome.Created>(second);
    }

    [Fact]
    public async Task An_email_belongs_to_one_account_whatever_its_case()
    {
        var created = Assert.IsType<AccountOutcome.Created>(await CreateAsync(new NewAccount(null, "a@example.org", null)));
        Assert.IsType<AccountOutcome.EmailTaken>(await CreateAsync(new NewAccount(null, "A@Example.org", null)));
        var (other, _) = await _server.AccountAsync();
        Assert.IsType<AccountOutcome.EmailTaken>(await _server.Accounts.PatchAsync(other, new AccountPatch(null, "a@EXAMPLE.org"), Ct));
        Assert.IsType<AccountOutcome.Changed>(await _server.Accounts.PatchAsync(created.AccountId, new AccountPatch("https://example.org/n", ""), Ct));
        Assert.IsType<AccountOutcome.Changed>(await _server.Accounts.PatchAsync(other, new AccountPatch(null, "a@example.org"), Ct));
        var account = (await _server.Accounts.FindAsync(created.AccountId, Ct))!;
        Assert.Equal((null, "https://example.org/n"), (account.Email, account.NoticeUrl));
    }

    [Fact]
    public async Task Two_at_once_with_one_email_make_one_account()
    {
        var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Task.Run(() => CreateAsync(new NewAccount(null, "x@example.org", null)))));
        Assert.Single(outcomes, o => o is AccountOutcome.Created);
        Assert.Equal(5, outcomes.Count(o => o is AccountOutcome.EmailTaken));
    }

    [Theory]
    [InlineData(null, "no address", null, "email")]
    [InlineData(null, "Bob <bob@example.org>", null, "email")]
    [InlineData(null, "b@example.org", "short", "password")]
    [InlineData(null, null, "aaaaaaaaaaaa", "password")]
    public async Task A_wrong_input_is_named(string? name, string? email, string? password, string field) =>
        Assert.Equal(field, Assert.IsType<AccountOutcome.Invalid>(await CreateAsync(new NewAccount(name, email, password))).Field);

    [Fact]
    public async Task A_password_can_be_checked_by_identity()
    {
        var created = Assert.IsType<AccountOutcome.Created>(await CreateAsync(new NewAccount(null, "p@example.org", "correct horse battery")));
        await using var scope = _server.Get<IServiceScopeFactory>().CreateAsyncScope();
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        var account = (await users.FindByEmailAsync("p@example.org"))!;
        Assert.Equal(created.AccountId, account.Id);
        Assert.True(await users.CheckPasswordAsync(account, "correct horse battery"));
        Assert.False(await users.CheckPasswordAsync(account, "correct horse"));
    }

    [Fact]
    public async Task A_key_is_stored_as_its_hash_alone()
    {
        var created = Assert.IsType<AccountOutcome.Created>(await CreateAsync(new NewAccount(null, null, null)));
        var row = Assert.Single(await _server.Keys.ListAsync(created.AccountId, Ct));
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes(created.ApiKey)), row.Hash);
        Assert.Equal(AccountService.FirstKey, row.Scopes);
        Assert.StartsWith(row.Prefix, created.ApiKey);
        var secret = Encoding.ASCII.GetBytes(created.ApiKey[^32..]);
        await _server.Database.ReadAsync(db => db.Database.ExecuteSqlAsync($"PRAGMA wal_checkpoint(TRUNCATE)"), Ct);
        Assert.Equal(-1, (await File.ReadAllBytesAsync(Path.Combine(_server.Directory, "datt.db"), Ct)).AsSpan().IndexOf(secret));
    }

    [Fact]
    public async Task Keys_are_bounded_scoped_and_revocable()
    {
        var (account, _) = await _server.AccountAsync();
        var (other, _) = await _server.AccountAsync();
        Assert.Equal("name", Assert.IsType<ApiKeyOutcome.Invalid>(await _server.Keys.CreateAsync(account, " ", Scopes.Search, _server.Now, Ct)).Field);
        foreach (var scopes in new[] { Scopes.None, Scopes.Operator, Scopes.Operator | Scopes.Search })
            Assert.Equal("scopes", Assert.IsType<ApiKeyOutcome.Invalid>(await _server.Keys.CreateAsync(account, "k", scopes, _server.Now, Ct)).Field);
        var key = Assert.IsType<ApiKeyOutcome.Created>(await _server.Keys.CreateAsync(account, "k", Scopes.Search, _server.Now, Ct));
        await _server.Keys.CreateAsync(account, "k", Scopes.Search, _server.Now, Ct);
        Assert.Equal(new ApiKeyOutcome.TooMany(3), await _server.Keys.CreateAsync(account, "k", Scopes.Search, _server.Now, Ct));
        Assert.IsType<ApiKeyOutcome.NotFound>(await _server.Keys.RevokeAsync(other, key.Row.Id, _server.Now, Ct));
        Assert.IsType<ApiKeyOutcome.Revoked>(await _server.Keys.RevokeAsync(account, key.Row.Id, _server.Now, Ct));
        Assert.IsType<ApiKeyOutcome.NotFound>(await _server.Keys.RevokeAsync(account, key.Row.Id, _server.Now, Ct));
        Assert.IsType<ApiKeyOutcome.Created>(await _server.Keys.CreateAsync(account, "k", Scopes.Search, _server.Now, Ct));
    }

    private Task<AccountOutcome> CreateAsync(NewAccount request) => _server.Accounts.CreateAsync(request, _server.Now, Ct);
}
