using System.Diagnostics;
using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using Datt.Paid.Outbound;
using Datt.Paid.Tests.Cli;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Tests.Outbound;

public class OutboundClientTests
{
    [Fact]
    public async Task An_answer_is_read_whatever_its_status()
    {
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            context.Response.StatusCode = 404;
            context.Response.ContentType = "text/plain; charset=utf-8";
            await context.Response.WriteAsync("no such thing");
        });
        using var outbound = new OutboundFixture();
        var answer = Assert.IsType<OutboundOutcome.Answered>(await outbound.GetAsync(server.Address + "x?y=1"));
        Assert.Equal((404, "text/plain", "no such thing"), (answer.Status, answer.ContentType, Encoding.UTF8.GetString(answer.Body)));
        Assert.Equal(("/x", "?y=1"), (Assert.Single(server.Requests).Path, server.Requests.Single().Query));
    }

    [Fact]
    public async Task Nothing_of_this_machine_goes_with_a_call()
    {
        await using var server = await StubServer.StartAsync((context, _) =>
        {
            context.Response.Headers.SetCookie = "a=b; Path=/";
            return Task.CompletedTask;
        });
        using var outbound = new OutboundFixture();
        using var activity = new Activity("test").Start();
        await outbound.GetAsync(server.Address.AbsoluteUri);
        await outbound.GetAsync(server.Address.AbsoluteUri);
        Assert.Equal(2, server.Requests.Count);
        Assert.All(server.Requests, seen => Assert.Equal(["Accept-Encoding", "Host", "User-Agent"], seen.Headers.Keys.Order()));
    }

    [Theory]
    [InlineData("http://127.0.0.1:{0}/")]
    [InlineData("http://127.1:{0}/")]
    [InlineData("http://0x7f.1:{0}/")]
    [InlineData("http://2130706433:{0}/")]
    [InlineData("http://[::ffff:127.0.0.1]:{0}/")]
    [InlineData("http://localhost:{0}/")]
    [InlineData("http://named.example:{0}/")]
    [InlineData("http://mixed.example:{0}/")]
    [InlineData("http://mapped.example:{0}/")]
    public async Task A_private_address_is_not_called_however_it_is_named(string url)
    {
        await using var server = await StubServer.StartAsync((_, _) => Task.CompletedTask);
        using var outbound = new OutboundFixture(allowPrivate: false, names: host => host switch
        {
            "mixed.example" => ["93.184.216.34", "127.0.0.1"],
            "mapped.example" => ["::ffff:127.0.0.1"],
            _ => ["127.0.0.1"],
        });
        var refused = Assert.IsType<OutboundOutcome.Refused>(await outbound.GetAsync(string.Format(null, url, server.Address.Port)));
        Assert.Contains("loopback", refused.Reason, StringComparison.Ordinal);
        Assert.Empty(server.Requests);
    }

    [Fact]
    public async Task A_name_is_resolved_once_and_what_was_checked_is_connected_to()
    {
        await using var server = await StubServer.StartAsync((_, _) => Task.CompletedTask);
        var answers = new Queue<string>(["127.0.0.1", "169.254.169.254"]);
        using var outbound = new OutboundFixture(names: _ => [answers.Dequeue()]);
        var answer = Assert.IsType<OutboundOutcome.Answered>(await outbound.GetAsync($"http://rebinding.example:{server.Address.Port}/"));
        Assert.Equal(200, answer.Status);
        Assert.Equal(["rebinding.example"], outbound.Resolved);
        Assert.Equal($"rebinding.example:{server.Address.Port}", Assert.Single(server.Requests).Headers["Host"]);
    }

    [Fact]
    public async Task The_next_address_is_tried_where_one_does_not_answer()
    {
        await using var server = await StubServer.StartAsync((_, _) => Task.CompletedTask);
        using var outbound = new OutboundFixture(names: _ => ["127.0.0.2", "127.0.0.1"]); // nobody listens on the first
        Assert.IsType<OutboundOutcome.Answered>(await outbound.GetAsync($"http://two.example:{server.Address.Port}/"));
    }

    [Theory]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://metadata.example/")]
    [InlineData("//metadata.example/")]
    [InlineData("ftp://127.0.0.1/")]
    [InlineData("http://user:word@127.0.0.1/")]
    [InlineData("http://127.0.0.1:25/")]
    public async Task A_redirect_is_judged_like_the_first_address(string location)
    {
        await using var server = await StubServer.StartAsync((context, _) =>
        {
            context.Response.StatusCode = 302;
            context.Response.Headers.Location = location;
            return Task.CompletedTask;
        });
        using var outbound = new OutboundFixture(names: _ => ["169.254.169.254"]);
        Assert.IsType<OutboundOutcome.Refused>(await outbound.GetAsync(server.Address.AbsoluteUri, redirects: 3));
        Assert.Single(server.Requests);
    }

    [Fact]
    public async Task Redirects_are_bounded_and_only_taken_by_GET()
    {
        await using var server = await StubServer.StartAsync((context, seen) =>
        {
            var left = int.Parse(seen.Path[1..], null);
            (context.Response.StatusCode, context.Response.Headers.Location) = left > 0 ? (307, $"/{left - 1}") : (200, "");
            return Task.CompletedTask;
        });
        using var outbound = new OutboundFixture();
        var followed = Assert.IsType<OutboundOutcome.Answered>(await outbound.GetAsync(server.Address + "3", redirects: 3));
        Assert.Equal((200, "/0"), (followed.Status, followed.Url.AbsolutePath));
        Assert.Equal(Failed(OutboundFailure.TooManyRedirects), await outbound.GetAsync(server.Address + "4", redirects: 3));
        Assert.Equal(307, Assert.IsType<OutboundOutcome.Answered>(await outbound.GetAsync(server.Address + "1")).Status);
        var post = new OutboundRequest(HttpMethod.Post, server.Address + "1") { Body = "{}"u8.ToArray(), MaxRedirects = 3 };
        Assert.Equal(307, Assert.IsType<OutboundOutcome.Answered>(await outbound.Client.SendAsync(post, TestContext.Current.CancellationToken)).Status);
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    public async Task A_packed_answer_is_unpacked_up_to_the_limit(string encoding)
    {
        var size = 0;
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await using Stream packed = encoding == "br"
                ? new BrotliStream(context.Response.Body, CompressionLevel.Optimal)
                : new GZipStream(context.Response.Body, CompressionLevel.Optimal);
            await packed.WriteAsync(new byte[size]);
        });
        using var outbound = new OutboundFixture();
        size = 50_000;
        Assert.Equal(size, Assert.IsType<OutboundOutcome.Answered>(await outbound.GetAsync(server.Address.AbsoluteUri, 50_000)).Body.Length);
        size = 20_000_000; // a few kB on the wire
        Assert.Equal(Failed(OutboundFailure.TooLarge), await outbound.GetAsync(server.Address.AbsoluteUri, 50_000));
    }

    [Theory]
    [InlineData("plain")]
    [InlineData("announced")]
    [InlineData("nothing inside")]
    public async Task An_endless_answer_ends_at_the_limit(string kind)
    {
        var gone = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            var piece = new byte[1024];
            if (kind == "announced")
                context.Response.ContentLength = 1L << 40;
            if (kind == "nothing inside")
            {
                context.Response.Headers.ContentEncoding = "gzip";
                // A gzip file without content, again and again: valid, and it unpacks to nothing.
                piece = [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 3, 3, 0, 0, 0, 0, 0, 0, 0, 0, 0];
            }
            try
            {
                while (!context.RequestAborted.IsCancellationRequested)
                    await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            }
            catch (Exception fault) when (fault is OperationCanceledException or IOException)
            {
            }
            gone.SetResult();
        });
        using var outbound = new OutboundFixture();
        Assert.Equal(Failed(OutboundFailure.TooLarge), await outbound.GetAsync(server.Address.AbsoluteUri));
        await gone.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken); // the connection was dropped, not drained
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_hangs_is_left_after_the_time(bool answersFirst)
    {
        var clock = new FakeTimeProvider();
        var hangs = new TaskCompletionSource();
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            if (answersFirst)
                await context.Response.WriteAsync("the beginning");
            await context.Response.Body.FlushAsync();
            hangs.SetResult();
            await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
        });
        using var outbound = new OutboundFixture(time: clock);
        var call = outbound.GetAsync(server.Address.AbsoluteUri);
        await hangs.Task.WaitAsync(TimeSpan.FromMinutes(1), TestContext.Current.CancellationToken);
        clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(call.IsCompleted);
        clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(Failed(OutboundFailure.TimedOut), await call);
    }

    [Fact]
    public async Task Failures_have_names()
    {
        using var outbound = new OutboundFixture(names: host => host == "empty.example" ? [] : throw new SocketException((int)SocketError.HostNotFound));
        Assert.Equal(Failed(OutboundFailure.Unresolved), await outbound.GetAsync("http://nobody.example/"));
        Assert.Equal(Failed(OutboundFailure.Unresolved), await outbound.GetAsync("http://empty.example/"));
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var address = $"http://{listener.LocalEndpoint}/";
        var call = outbound.GetAsync(address);
        using (var connection = await listener.AcceptTcpClientAsync(TestContext.Current.CancellationToken))
            await connection.GetStream().WriteAsync("220 mail.example ESMTP\r\n"u8.ToArray(), TestContext.Current.CancellationToken);
        Assert.Equal(Failed(OutboundFailure.Broken), await call);
        listener.Stop();
        Assert.Equal(Failed(OutboundFailure.Unreachable), await outbound.GetAsync(address));
    }

    [Theory]
    [InlineData("compress")]
    [InlineData("gzip, gzip")]
    public async Task An_answer_packed_otherwise_than_offered_is_broken(string encoding)
    {
        await using var server = await StubServer.StartAsync(async (context, _) =>
        {
            context.Response.Headers.ContentEncoding = encoding;
            await context.Response.WriteAsync("x");
        });
        using var outbound = new OutboundFixture();
        Assert.Equal(Failed(OutboundFailure.Broken), await outbound.GetAsync(server.Address.AbsoluteUri));
    }

    [Fact]
    public async Task Endless_headers_are_broken()
    {
        await using var server = await StubServer.StartAsync((context, _) =>
        {
            for (var i = 0; i < 40; i++)
                context.Response.Headers["x-" + i] = new string('x', 1000);
            return Task.CompletedTask;
        });
        using var outbound = new OutboundFixture();
        Assert.Equal(Failed(OutboundFailure.Broken), await outbound.GetAsync(server.Address.AbsoluteUri));
    }

    private static OutboundOutcome Failed(OutboundFailure failure) => new OutboundOutcome.Failed(failure);
}
