using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.DependencyInjection.Extensions;

namespace Datt.Paid.Server.Tests.Federation;

/// <summary>Who shows cards without end is answered as everybody, and makes this server call nobody.</summary>
public sealed class GreetingRateTests : IServerSource
{
    /// <summary>Greetings of one address that are followed at once, and then in a second.</summary>
    private const int Burst = 200;
    private const double PerSecond = 0.5;

    private readonly ConcurrentDictionary<string, SignedCard> _cards = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _visits = new(StringComparer.Ordinal);

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    [Fact]
    public async Task One_address_is_followed_so_often_and_another_beside_it()
    {
        await using var server = await ServerOnDisk.StartAsync(
            new() { ["Datt:Limits:RequestsPerSecond"] = "100000", ["Datt:Federation:CrawlInterval"] = "1.00:00:00" }, null,
            services => services.Replace(ServiceDescriptor.Singleton<IServerSource>(this)));
        using var one = From("127.0.0.1", server);
        using var other = From("127.0.0.2", server);
        var began = Stopwatch.GetTimestamp();
        for (var i = 0; i < Burst + 50; i++)
            await GreetAsync(one, i);
        var most = Burst + 1 + (int)(PerSecond * Stopwatch.GetElapsedTime(began).TotalSeconds);
        // It comes last and is followed; by then all before it were.
        await GreetAsync(other, 1_000);
        await Eventually.HoldsAsync(() => Task.FromResult(_visits.ContainsKey(Url(1_000)) && _visits.Count > Burst), () => $"{Burst} and one more are visited, not {_visits.Count}");
        Assert.InRange(_visits.Count, Burst + 1, most + 1);
        Assert.Equal(_visits.Count, server.Services.GetRequiredService<ServerDirectory>().Count);
    }

    private async Task GreetAsync(HttpClient client, int number)
    {
        using var key = ServerKey.Create();
        var card = SignedCard.Sign(
            new ServerCard
            {
                Id = key.Id,
                Name = $"server {number}",
                Url = Url(number),
                PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
                Software = "Test",
                Version = "1",
                SearchAccess = "Free",
                FederationAccess = "Free",
                Coverage = new CardCoverage(0, 0, 0, 1),
                Nodes = new CardNodes(0, 0),
                Time = TimeProvider.System.GetUtcNow(),
            },
            key);
        _cards[Url(number)] = card;
        using var body = new ByteArrayContent(card.Utf8.ToArray());
        body.Headers.ContentType = new("application/json");
        using var answer = await client.PostAsync("/federation/v1/servers", body, Ct);
        Assert.Equal(HttpStatusCode.Accepted, answer.StatusCode);
    }

    private static string Url(int number) => $"https://site{number}.example";

    private static HttpClient From(string address, ServerOnDisk server) => new(new SocketsHttpHandler
    {
        ConnectCallback = async (context, ct) =>
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
            socket.Bind(new IPEndPoint(IPAddress.Parse(address), 0));
            await socket.ConnectAsync(IPAddress.Loopback, context.DnsEndPoint.Port, ct);
            return new NetworkStream(socket, ownsSocket: true);
        },
    })
    { BaseAddress = server.Address };

    Task<CardFetch> IServerSource.FetchCardAsync(Uri server, CancellationToken ct)
    {
        var url = server.AbsoluteUri.TrimEnd('/');
        _visits.AddOrUpdate(url, 1, (_, count) => count + 1);
        return Task.FromResult<CardFetch>(new CardFetch.Answered(_cards[url], TimeSpan.FromMilliseconds(1)));
    }

    Task<ListFetch> IServerSource.FetchListAsync(Uri server, string? cursor, DateTimeOffset? since, CancellationToken ct) =>
        Task.FromResult<ListFetch>(new ListFetch.Page([], null));

    Task<ListFetch> IServerSource.FetchBootstrapAsync(Uri list, string? cursor, CancellationToken ct) => Task.FromResult<ListFetch>(new ListFetch.Failed("No list."));

    Task<bool> IServerSource.GreetAsync(Uri server, SignedCard own, CancellationToken ct) => Task.FromResult(true);
}
