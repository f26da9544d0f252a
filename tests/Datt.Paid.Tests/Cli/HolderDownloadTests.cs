using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Cli.Fetching;
using Datt.Paid.Client;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Tests.Cli;

public sealed class HolderDownloadTests
{
    private static readonly byte[] Content = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat("Paris is a city. ", 1000)));
    private static readonly string Id = "sha256:" + Convert.ToHexStringLower(SHA256.HashData(Content));
    private static readonly DownloadLimits Quick = new() { Stall = TimeSpan.FromMilliseconds(300) };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    private static Task Honest(HttpContext context, Seen seen) => context.Response.Body.WriteAsync(Content, context.RequestAborted).AsTask();

    private static async Task<(IReadOnlyList<Try> Tries, byte[] Bytes)> FetchAsync(long? size, params StubServer[] holders)
    {
        var entry = new ContentEntry
        {
            ContentId = Id,
            Size = size,
            Holders = [.. holders.Select((h, i) => new Holder { NodeId = $"n{i}", Online = true, Endpoints = [h.Address.AbsoluteUri] })],
        };
        using var http = HolderDownload.Http();
        using var target = new MemoryStream();
        var tries = await new HolderDownload(http, Quick, TimeProvider.System).FetchAsync(entry, target, null, Ct);
        return (tries, target.ToArray());
    }

    public static TheoryData<string, TryOutcome> BadHolders => new()
    {
        { "refuses", TryOutcome.Refused },
        { "redirects", TryOutcome.Refused },
        { "lies", TryOutcome.WrongContent },
        { "stops short", TryOutcome.WrongContent },
        { "announces too much", TryOutcome.TooLong },
        { "sends too much", TryOutcome.TooLong },
        { "never answers", TryOutcome.Stalled },
        { "stalls", TryOutcome.Stalled },
        { "breaks off", TryOutcome.Unreachable },
    };

    private static async Task Behave(string how, HttpContext context)
    {
        var response = context.Response;
        switch (how)
        {
            case "refuses":
                response.StatusCode = 404;
                break;
            case "redirects":
                response.Redirect("http://127.0.0.1:1/content/x");
                break;
            case "lies":
                await response.Body.WriteAsync(Content.Select(b => (byte)(b ^ 1)).ToArray(), Ct);
                break;
            case "stops short":
                await response.Body.WriteAsync(Content.AsMemory(0, 100), Ct);
                break;
            case "announces too much":
                response.ContentLength = 1L << 40;
                await response.Body.WriteAsync(Content, Ct);
                break;
            case "sends too much":
                for (var i = 0; i < 10_000 && !context.RequestAborted.IsCancellationRequested; i++)
                {
                    await response.Body.WriteAsync(Content, context.RequestAborted);
                }

                break;
            case "never answers":
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "stalls":
                await response.Body.WriteAsync(Content.AsMemory(0, 1000), Ct);
                await response.Body.FlushAsync(Ct);
                await Task.Delay(Timeout.Infinite, context.RequestAborted);
                break;
            case "breaks off":
                response.ContentLength = Content.Length;
                await response.Body.WriteAsync(Content.AsMemory(0, 1000), Ct);
                await response.Body.FlushAsync(Ct);
                context.Abort();
                break;
        }
    }

    [Theory]
    [MemberData(nameof(BadHolders))]
    public async Task After_a_bad_holder_the_next_one_delivers(string how, TryOutcome expected)
    {
        await using var bad = await StubServer.StartAsync((context, _) => Behave(how, context));
        await using var good = await StubServer.StartAsync(Honest);
        var (tries, bytes) = await FetchAsync(Content.Length, bad, good);
        Assert.Equal([expected, TryOutcome.Delivered], tries.Select(t => t.Outcome));
        Assert.Equal("n1", tries[1].NodeId);
        Assert.Equal(Content, bytes);
    }

    [Fact]
    public async Task Nobody_delivering_is_said_with_every_reason()
    {
        await using var bad = await StubServer.StartAsync((context, _) => Behave("lies", context));
        await using var worse = await StubServer.StartAsync((context, _) => Behave("refuses", context));
        var (tries, _) = await FetchAsync(Content.Length, bad, worse);
        Assert.Equal([TryOutcome.WrongContent, TryOutcome.Refused], tries.Select(t => t.Outcome));
    }

    [Fact]
    public async Task Without_an_announced_size_the_limit_bounds()
    {
        await using var holder = await StubServer.StartAsync(Honest);
        var entry = new ContentEntry { ContentId = Id, Holders = [new Holder { NodeId = "n", Endpoints = [holder.Address.AbsoluteUri] }] };
        using var http = HolderDownload.Http();
        var small = new HolderDownload(http, Quick with { MaxBytes = Content.Length - 1 }, TimeProvider.System);
        Assert.Equal(TryOutcome.TooLong, Assert.Single(await small.FetchAsync(entry, new MemoryStream(), null, Ct)).Outcome);
        var enough = new HolderDownload(http, Quick with { MaxBytes = Content.Length }, TimeProvider.System);
        Assert.Equal(TryOutcome.Delivered, Assert.Single(await enough.FetchAsync(entry, new MemoryStream(), null, Ct)).Outcome);
    }

    [Fact]
    public async Task Asks_by_hash_below_the_endpoint_whatever_its_path()
    {
        await using var holder = await StubServer.StartAsync(Honest);
        var entry = new ContentEntry { ContentId = Id, Holders = [new Holder { NodeId = "n", Endpoints = [holder.Address + "node/7/"] }] };
        using var http = HolderDownload.Http();
        await new HolderDownload(http, Quick, TimeProvider.System).FetchAsync(entry, new MemoryStream(), null, Ct);
        Assert.Equal($"/node/7/content/{Id}", Assert.Single(holder.Requests).Path);
    }

    [Fact]
    public void Those_who_are_there_come_first_and_other_protocols_not_at_all()
    {
        Holder At(string id, bool? online, params string[] endpoints) => new() { NodeId = id, Online = online, Endpoints = endpoints };
        var entry = new ContentEntry
        {
            ContentId = Id,
            Holders = [At("gone", false, "http://a"), At("unknown", null, "http://b"), At("there", true, "peerjs:x", "file:///etc", "https://c"), At("none", true)],
        };
        Assert.Equal(["there", "unknown", "gone"], HolderDownload.Addresses(entry).Select(a => a.NodeId));
        Assert.Empty(HolderDownload.Addresses(new ContentEntry { ContentId = Id, Holders = [new Holder { NodeId = "n" }] }));
    }

    [Theory]
    [InlineData("sha256:", false)]
    [InlineData("sha256:ABCDEF0123456789abcdef0123456789abcdef0123456789abcdef0123456789", false)]
    [InlineData("md5:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", false)]
    [InlineData("sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", true)]
    public void Only_a_hash_can_be_checked(string id, bool expected) => Assert.Equal(expected, HolderDownload.IsCheckable(id));
}
