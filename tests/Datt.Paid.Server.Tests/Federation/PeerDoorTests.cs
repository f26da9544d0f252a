using System.Runtime.CompilerServices;
using System.Text;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Hosting;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Time.Testing;

namespace Datt.Paid.Server.Tests.Federation;

/// <summary>The door behind a real Kestrel that answers with the id of who signed.</summary>
public sealed class PeerDoorTests : IAsyncLifetime
{
    private const string Path = "/federation/v1/signals%20x?a=%C3%A4&b=";

    private readonly FakeTimeProvider _time = new(new DateTimeOffset(2026, 11, 22, 12, 0, 0, TimeSpan.Zero));
    private readonly ServerDirectory _servers = new();
    private readonly ServerKey _peer = ServerKey.Create();
    private readonly HttpClient _client = new();
    private WebApplication _app = null!;
    private Uri _address = null!;

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        _app = builder.Build();
        var door = new PeerDoor(
            _servers, new PublicAddress(_app.Services.GetRequiredService<IServer>(), Options.Create(new ServerSettings { PublicUrl = "https://me.example/datt/" })),
            _time, NullLogger<PeerDoor>.Instance);
        _app.Run(async context =>
        {
            using var body = new MemoryStream();
            await context.Request.Body.CopyToAsync(body);
            var caller = await door.AuthenticateAsync(context, body.ToArray(), context.RequestAborted);
            await context.Response.WriteAsync(caller?.Server.Id ?? "nobody");
        });
        await _app.StartAsync();
        _address = new Uri(_app.Urls.Single());
        Knows(_peer, ServerState.Alive);
    }

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }

    private void Knows(ServerKey key, ServerState state)
    {
        var card = SignedCard.Sign(
            new ServerCard
            {
                Id = key.Id,
                Name = "peer",
                Url = "https://peer.example",
                PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
                Software = "test",
                Version = "1",
                SearchAccess = "Free",
                FederationAccess = "Free",
                Coverage = new CardCoverage(0, 0, 0, 1),
                Nodes = new CardNodes(0, 0),
                Time = _time.GetUtcNow(),
            },
            key);
        Put(_servers, new KnownServer(key.Id, new("https://peer.example"), card, state, card.Card.Time, card.Card.Time, null, null));
    }

    private async Task<string> SendAsync(IReadOnlyList<KeyValuePair<string, string>> fields, string body, string method = "POST", string? host = null)
    {
        using var request = new HttpRequestMessage(new HttpMethod(method), new Uri(_address, Path)) { Headers = { Host = host } };
        if (body.Length > 0)
            request.Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body));
        foreach (var (name, value) in fields)
            request.Headers.TryAddWithoutValidation(name, value);
        using var answer = await _client.SendAsync(request);
        return await answer.Content.ReadAsStringAsync();
    }

    private IReadOnlyList<KeyValuePair<string, string>> Sign(string target, string body, ServerKey? key = null, string method = "POST") =>
        RequestSignature.Sign(method, new Uri(target), Encoding.UTF8.GetBytes(body), _time.GetUtcNow(), key ?? _peer);

    [Fact]
    public async Task A_known_server_is_told_by_its_signature_at_the_public_address_and_at_the_bound_one()
    {
        Assert.Equal(_peer.Id, await SendAsync(Sign("https://me.example/datt" + Path, "{}"), "{}"));
        Assert.Equal(_peer.Id, await SendAsync(Sign(new Uri(_address, Path).ToString(), ""), "", "POST"));
        Assert.Equal(_peer.Id, await SendAsync(Sign(new Uri(_address, Path).AbsoluteUri, "", method: "GET"), "", "GET"));
    }

    [Fact]
    public async Task A_request_counts_once_and_only_for_a_while()
    {
        var fields = Sign("https://me.example/datt" + Path, "{}");
        Assert.Equal(_peer.Id, await SendAsync(fields, "{}"));
        Assert.Equal("nobody", await SendAsync(fields, "{}"));
        _time.Advance(TimeSpan.FromMinutes(5));
        Assert.Equal("nobody", await SendAsync(fields, "{}"));
        var late = Sign("https://me.example/datt" + Path, "{}");
        _time.Advance(TimeSpan.FromMinutes(5) + TimeSpan.FromSeconds(1));
        Assert.Equal("nobody", await SendAsync(late, "{}"));
    }

    [Fact]
    public async Task What_was_signed_for_another_server_is_nothing_here_whatever_the_host_field_says()
    {
        var stolen = Sign("https://other.example" + Path, "{}");
        Assert.Equal("nobody", await SendAsync(stolen, "{}", host: "other.example"));
        Assert.Equal("nobody", await SendAsync(Sign("https://me.example/datt" + Path, "{}"), "{ }"));
        Assert.Equal("nobody", await SendAsync([], "{}"));
    }

    [Fact]
    public async Task Servers_that_are_unknown_silent_or_refused_are_nobody()
    {
        using var stranger = ServerKey.Create();
        var target = "https://me.example/datt" + Path;
        Assert.Equal("nobody", await SendAsync(Sign(target, "{}", stranger), "{}"));
        Knows(stranger, ServerState.Silent);
        Assert.Equal("nobody", await SendAsync(Sign(target, "{}", stranger), "{}"));
        Knows(stranger, ServerState.Refused);
        Assert.Equal("nobody", await SendAsync(Sign(target, "{}", stranger), "{}"));
        Knows(stranger, ServerState.Alive);
        Assert.Equal(stranger.Id, await SendAsync(Sign(target, "{}", stranger), "{}"));

        // Once the card of a later key is known, the former key signs for nobody.
        var next = stranger.Rotate(_time.GetUtcNow())!;
        Knows(next, ServerState.Alive);
        Assert.Equal("nobody", await SendAsync(Sign(target, "{}", stranger), "{}"));
        Assert.Equal(stranger.Id, await SendAsync(Sign(target, "{}", next), "{}"));
    }

    // The directory is filled by the crawl alone; here nobody crawls.
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "Put")]
    private static extern void Put(ServerDirectory directory, KnownServer server);
}
