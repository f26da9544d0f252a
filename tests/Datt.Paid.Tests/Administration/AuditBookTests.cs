using Datt.Paid.Administration;
using Datt.Paid.Tests.Payments;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Tests.Administration;

public sealed class AuditBookTests : IAsyncLifetime
{
    private static readonly Actor Operator = new("acc_operator", OperatorRole.Operator);
    private static CancellationToken Ct => TestContext.Current.CancellationToken;
    private MoneyServer _server = null!;

    public async ValueTask InitializeAsync() => _server = await MoneyServer.StartAsync();

    public ValueTask DisposeAsync() => _server.DisposeAsync();

    [Fact]
    public async Task Entries_come_newest_first_by_target_and_in_pages()
    {
        for (var i = 1; i <= 5; i++)
            await WriteAsync($"acc_{i % 2}", $"reason {i}");
        var book = new AuditBook(_server.Database);
        var first = await book.PageAsync(Operator, null, null, 2, Ct);
        Assert.Equal(["reason 5", "reason 4"], first.Select(e => e.Reason));
        Assert.Equal(["reason 3", "reason 2", "reason 1"], (await book.PageAsync(Operator, null, first[^1].Id, 10, Ct)).Select(e => e.Reason));
        Assert.Equal(["reason 4", "reason 2"], (await book.PageAsync(Operator, "acc_0", null, 10, Ct)).Select(e => e.Reason));
    }

    [Fact]
    public async Task What_is_not_done_leaves_no_entry_and_entries_are_never_changed()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => _server.Database.WriteAsync(db =>
        {
            AuditBook.Add(db, Operator, _server.Now, "account.suspend", "acc_1", "spam");
            throw new InvalidOperationException("the change failed");
        }, Ct));
        Assert.Empty(await new AuditBook(_server.Database).PageAsync(Operator, null, null, 10, Ct));
        await WriteAsync("acc_1", "spam");
        await Assert.ThrowsAsync<InvalidOperationException>(() => _server.Database.WriteAsync(
            async db => (await db.AuditEntries.FirstAsync(Ct)).Reason = "another", Ct));
    }

    [Theory]
    [InlineData(null)]
    [InlineData(" ")]
    public void Nothing_is_done_without_a_reason(string? reason) => Assert.NotNull(AuditBook.ProblemOf(reason));

    [Fact]
    public void A_reason_has_a_length_and_each_role_may_what_the_one_below_may()
    {
        Assert.Null(AuditBook.ProblemOf(new string('x', AuditBook.MaxReason)));
        Assert.NotNull(AuditBook.ProblemOf(new string('x', AuditBook.MaxReason + 1)));
        new Actor("acc", OperatorRole.Moderator).Must(OperatorRole.Viewer);
        new Actor("acc", OperatorRole.Moderator).Must(OperatorRole.Moderator);
        Assert.Equal(OperatorRole.Operator, Assert.Throws<RoleMissingException>(() => new Actor("acc", OperatorRole.Moderator).Must(OperatorRole.Operator)).Needed);
    }

    private Task WriteAsync(string target, string reason) => _server.Database.WriteAsync(db =>
    {
        AuditBook.Add(db, Operator, _server.Now, "account.suspend", target, reason, "was: active");
        return Task.CompletedTask;
    }, Ct);
}
