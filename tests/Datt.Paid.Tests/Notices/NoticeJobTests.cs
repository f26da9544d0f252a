using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Datt.Paid.Accounts;
using Datt.Paid.Notices;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Storage;
using Datt.Paid.Tests.Cli;

namespace Datt.Paid.Tests.Notices;

public class NoticeJobTests
{
    private static readonly CancellationToken Ct = CancellationToken.None;
    private static readonly TimeSpan Soon = TimeSpan.FromMinutes(1);

    [Fact]
    public async Task A_notice_is_posted_once_with_what_it_says_and_signed_by_the_servers_key()
    {
        await using var receiver = await AnsweringAsync(204);
        await using var server = await NoticeServer.StartAsync();
        var account = await server.AccountAsync(receiver.Address + "hook?secret=1");
        var end = server.Clock.GetUtcNow() + TimeSpan.FromDays(7);
        await server.NotifyAsync(account, NoticeKind.RenewalDue, end, "inv_1");
        await server.RunAsync();
        await server.RunAsync();

        var seen = Assert.Single(receiver.Requests);
        Assert.Equal(("POST", "/hook", "?secret=1", "application/json"), (seen.Method, seen.Path, seen.Query, seen.Headers["Content-Type"]));
        var body = JsonSerializer.Deserialize<JsonElement>(seen.Body);
        Assert.Equal(
            ["id", "kind", "accountId", "invoiceId", "subject", "endsAt", "time", "title", "text", "server"], body.EnumerateObject().Select(p => p.Name));
        Assert.Equal(("renewalDue", account, "inv_1"), (Text(body, "kind"), Text(body, "accountId"), Text(body, "invoiceId")));
        Assert.Equal(("2026-02-07T12:00:00.000Z", "2026-01-31T12:00:00.000Z"), (Text(body, "endsAt"), Text(body, "time")));
        Assert.Contains("7 February 2026", Text(body, "text"), StringComparison.Ordinal);
        Assert.Equal((server.Key.Id, NoticeServer.Url), (Text(body.GetProperty("server"), "id"), Text(body.GetProperty("server"), "url")));
        Assert.Equal(Text(body, "id"), seen.Headers["Datt-Notice-Id"]);

        Assert.Equal(NoticeVerdict.Genuine, NoticeSignature.Check(
            seen.Headers[NoticeSignature.Header], Encoding.UTF8.GetBytes(seen.Body), server.Key.Id, server.Key.PublicKey, server.Clock.GetUtcNow(), Soon));
        AssertByHand(seen, server.Key);
        var delivery = await server.DeliveryAsync();
        Assert.Equal((1, null, server.Clock.GetUtcNow()), (delivery.Attempts, delivery.DueAt, delivery.DeliveredAt!.Value));
    }

    [Theory]
    [InlineData(500)]
    [InlineData(404)]
    [InlineData(410)]
    [InlineData(429)]
    [InlineData(302)]
    public async Task What_is_not_taken_is_tried_ten_times_within_three_days(int status)
    {
        await using var receiver = await AnsweringAsync(status);
        await using var server = await NoticeServer.StartAsync();
        await server.NotifyAsync(await server.AccountAsync(receiver.Address.AbsoluteUri));
        var start = server.Clock.GetUtcNow();
        var attempts = 0;
        while (await server.DeliveryAsync() is { DueAt: { } due })
        {
            if (due > server.Clock.GetUtcNow())
            {
                server.Clock.SetUtcNow(due - TimeSpan.FromMilliseconds(1));
                await server.RunAsync();
                Assert.Equal(attempts, receiver.Requests.Count); // not before its time
                server.Clock.SetUtcNow(due);
            }
            await server.RunAsync();
            Assert.Equal(++attempts, receiver.Requests.Count);
        }
        Assert.Equal(10, attempts);
        Assert.InRange(server.Clock.GetUtcNow() - start, TimeSpan.FromDays(2), TimeSpan.FromDays(3));
        Assert.Single(receiver.Requests.Select(r => r.Headers["Datt-Notice-Id"]).Distinct());
        var given = await server.DeliveryAsync();
        Assert.Equal((10, null, $"The notice URL answered with status {status}."), (given.Attempts, given.DeliveredAt, given.Failure));
        server.Clock.Advance(TimeSpan.FromDays(30));
        await server.RunAsync();
        Assert.Equal(10, receiver.Requests.Count);
    }

    [Fact]
    public async Task Killed_at_any_step_a_notice_arrives_again_under_its_id_and_is_never_lost()
    {
        var arrivedTwice = 0;
        for (var step = 0; ; step++)
        {
            await using var receiver = await AnsweringAsync(200);
            await using var server = await NoticeServer.StartAsync();
            await server.NotifyAsync(await server.AccountAsync(receiver.Address.AbsoluteUri));
            server.Money.Faults.CrashAt(step);
            await server.RunAsync();
            var crashed = server.Money.Faults.Fired;
            server.Money.Faults.Stop();

            await using var restarted = await NoticeServer.StartAsync(sharesWith: server);
            restarted.Clock.Advance(RetrySchedule.After(1));
            await restarted.RunAsync();
            Assert.NotNull((await restarted.DeliveryAsync()).DeliveredAt);
            Assert.InRange(receiver.Requests.Count, 1, 2);
            Assert.Single(receiver.Requests.Select(r => r.Headers["Datt-Notice-Id"]).Distinct());
            arrivedTwice += receiver.Requests.Count - 1;
            if (!crashed)
                break;
        }
        Assert.True(arrivedTwice > 0, "No crash fell between sending and marking.");
    }

    [Fact]
    public async Task Two_processes_at_once_make_each_attempt_once()
    {
        await using var receiver = await AnsweringAsync(200);
        await using var server = await NoticeServer.StartAsync();
        await using var other = await NoticeServer.StartAsync(sharesWith: server);
        for (var i = 0; i < 6; i++)
        {
            var account = await server.AccountAsync(receiver.Address + i.ToString(CultureInfo.InvariantCulture));
            await server.NotifyAsync(account, NoticeKind.Grace);
            await server.NotifyAsync(account, NoticeKind.Expired);
        }
        await Task.WhenAll(Enumerable.Range(0, 6).Select(i => Task.Run((i % 2 == 0 ? server : other).RunAsync)));
        Assert.Equal(12, receiver.Requests.Count);
        Assert.All(await server.DeliveriesAsync(), d => Assert.Equal((1, true), (d.Attempts, d.DeliveredAt is not null)));
    }

    [Fact]
    public async Task A_receiver_that_hangs_holds_up_nobody_else_and_is_left_for_the_run()
    {
        var hangs = new TaskCompletionSource();
        await using var receiver = await StubServer.StartAsync(async (context, seen) =>
        {
            if (seen.Path != "/slow")
                return;
            hangs.TrySetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        await using var server = await NoticeServer.StartAsync();
        var slow = await server.AccountAsync(receiver.Address + "slow");
        await server.NotifyAsync(slow, NoticeKind.Grace);
        await server.NotifyAsync(slow, NoticeKind.Expired);
        for (var i = 0; i < 20; i++)
            await server.NotifyAsync(await server.AccountAsync(receiver.Address + "quick"));

        var run = server.RunAsync();
        await hangs.Task.WaitAsync(Soon, TestContext.Current.CancellationToken);
        await WaitAsync(async () => (await server.DeliveriesAsync()).Count(d => d.DeliveredAt is not null) == 20);
        Assert.False(run.IsCompleted);
        server.Clock.Advance(TimeSpan.FromSeconds(10));
        await run;
        var left = (await server.DeliveriesAsync()).Where(d => d.DeliveredAt is null).ToList();
        Assert.Equal([(1, "The notice URL did not answer in time."), (0, null)], left.Select(d => (d.Attempts, d.Failure)));
        Assert.Single(receiver.Requests, r => r.Path == "/slow");
    }

    [Fact]
    public async Task An_answer_without_end_is_not_read()
    {
        var gone = new TaskCompletionSource();
        await using var receiver = await StubServer.StartAsync(async (context, _) =>
        {
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(new byte[1024], context.RequestAborted);
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException)
            {
            }
            gone.SetResult();
        });
        await using var server = await NoticeServer.StartAsync();
        await server.NotifyAsync(await server.AccountAsync(receiver.Address.AbsoluteUri));
        await server.RunAsync();
        Assert.NotNull((await server.DeliveryAsync()).DeliveredAt);
        await gone.Task.WaitAsync(Soon, TestContext.Current.CancellationToken);
    }

    [Theory]
    [InlineData("127.0.0.1", "loopback")]
    [InlineData("169.254.169.254", "metadata")]
    [InlineData("::ffff:10.0.0.1", "private")]
    public async Task A_notice_url_that_leads_inside_is_not_called(string address, string kind)
    {
        await using var receiver = await AnsweringAsync(200);
        await using var server = await NoticeServer.StartAsync(allowPrivate: false, names: _ => address);
        await server.NotifyAsync(await server.AccountAsync($"https://innocent.example:{receiver.Address.Port}/"));
        await server.RunAsync();
        Assert.Empty(receiver.Requests);
        var delivery = await server.DeliveryAsync();
        Assert.Equal((1, null), (delivery.Attempts, delivery.DeliveredAt));
        Assert.Contains(kind, delivery.Failure, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_redirect_is_not_followed_wherever_it_leads()
    {
        await using var inside = await AnsweringAsync(200);
        await using var receiver = await StubServer.StartAsync((context, _) =>
        {
            (context.Response.StatusCode, context.Response.Headers.Location) = (307, inside.Address.AbsoluteUri);
            return Task.CompletedTask;
        });
        await using var server = await NoticeServer.StartAsync();
        await server.NotifyAsync(await server.AccountAsync(receiver.Address.AbsoluteUri));
        await server.RunAsync();
        Assert.Single(receiver.Requests);
        Assert.Empty(inside.Requests);
        Assert.Equal("The notice URL answered with status 307.", (await server.DeliveryAsync()).Failure);
    }

    [Fact]
    public async Task A_new_url_gets_what_is_still_due_and_none_ends_it()
    {
        await using var receiver = await AnsweringAsync(200);
        await using var server = await NoticeServer.StartAsync();
        var moved = await server.AccountAsync("http://127.0.0.1:1024/");
        var ended = await server.AccountAsync("http://127.0.0.1:1024/");
        await server.NotifyAsync(moved);
        await server.NotifyAsync(ended);
        await server.RunAsync();
        Assert.All(await server.DeliveriesAsync(), d => Assert.Equal(1, d.Attempts));
        await server.Money.Accounts.PatchAsync(moved, new AccountPatch(receiver.Address.AbsoluteUri, null), Ct);
        await server.Money.Accounts.PatchAsync(ended, new AccountPatch("", null), Ct);
        server.Clock.Advance(Soon);
        await server.RunAsync();
        var rows = await server.DeliveriesAsync();
        Assert.Equal([(true, null), (false, "The account has no notice URL any more.")], rows.Select(d => (d.DeliveredAt is not null, d.Failure)));
        Assert.All(rows, d => Assert.Null(d.DueAt));
    }

    [Fact]
    public async Task The_list_shows_each_notice_and_what_became_of_it()
    {
        await using var receiver = await AnsweringAsync(200);
        await using var server = await NoticeServer.StartAsync();
        var silent = await server.AccountAsync();
        await server.NotifyAsync(silent);
        var account = await server.AccountAsync(receiver.Address.AbsoluteUri);
        foreach (var kind in Enum.GetValues<NoticeKind>())
            await server.NotifyAsync(account, kind);
        await server.RunAsync();
        var list = server.Money.Get<NoticeList>();
        var (first, next) = await list.PageAsync(account, null, 4, Ct);
        var (second, end) = await list.PageAsync(account, next, 4, Ct);
        Assert.Null(end);
        NoticeView[] all = [.. first, .. second];
        Assert.Equal(Enum.GetValues<NoticeKind>().Reverse(), all.Select(v => v.Message.Kind));
        Assert.All(all, v => Assert.NotNull(Assert.Single(v.Deliveries).DeliveredAt));
        Assert.Equal(receiver.Requests.Select(r => r.Headers["Datt-Notice-Id"]).Order(), all.Select(v => v.Message.Id).Order());
        Assert.Empty(Assert.Single((await list.PageAsync(silent, null, 4, Ct)).Notices).Deliveries);
    }

    /// <summary>As a receiver without our code does it: the key of the card, the header, the platform's ECDSA.</summary>
    private static void AssertByHand(Seen seen, ServerKey key)
    {
        var parts = seen.Headers["Datt-Signature"].Split(", ").Select(part => part.Split('=', 2)).ToDictionary(p => p[0], p => p[1]);
        Assert.Equal(["keyid", "sig", "t"], parts.Keys.Order());
        Assert.Equal(key.Id, parts["keyid"]);
        var signature = Convert.FromBase64String(parts["sig"].Replace('-', '+').Replace('_', '/') + "==");
        using var ecdsa = ECDsa.Create();
        ecdsa.ImportSubjectPublicKeyInfo(key.PublicKey.Spki.Span, out _);
        Assert.True(ecdsa.VerifyData(Encoding.UTF8.GetBytes($"{parts["t"]}.{seen.Body}"), signature, HashAlgorithmName.SHA256));
        Assert.False(ecdsa.VerifyData(Encoding.UTF8.GetBytes($"{parts["t"]}.{seen.Body} "), signature, HashAlgorithmName.SHA256));
    }

    private static Task<StubServer> AnsweringAsync(int status) => StubServer.StartAsync((context, _) =>
    {
        context.Response.StatusCode = status;
        return Task.CompletedTask;
    });

    private static string? Text(JsonElement json, string name) => json.GetProperty(name).GetString();

    private static async Task WaitAsync(Func<Task<bool>> condition)
    {
        using var deadline = new CancellationTokenSource(Soon);
        while (!await condition())
        {
            Assert.False(deadline.IsCancellationRequested, "It did not happen within a minute.");
            await Task.Yield();
        }
    }
}
