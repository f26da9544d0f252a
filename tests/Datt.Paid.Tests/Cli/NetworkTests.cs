using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Cli.Network;
using Datt.Paid.Client;
using Datt.Paid.Protocol.Identity;
using Microsoft.AspNetCore.Http;
using ServerCard = Datt.Paid.Protocol.Identity.ServerCard;

namespace Datt.Paid.Tests.Cli;

/// <summary>Walks over real web servers with real keys, that say what a test wants.</summary>
public sealed class NetworkTests : IAsyncDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly List<Member> _members = [];

    public async ValueTask DisposeAsync()
    {
        foreach (var member in _members)
        {
            await member.DisposeAsync();
        }

        _home.Dispose();
    }

    [Fact]
    public async Task A_network_is_walked_breadth_first_and_everybody_is_met_once()
    {
        var (a, b, c, d) = (await NewAsync("a"), await NewAsync("b"), await NewAsync("c"), await NewAsync("d"));
        a.Lists = [b, c];
        b.Lists = [a, d];
        c.Lists = [d, b];
        d.Lists = [a];
        var network = await WalkAsync(a);
        Assert.True(network.Complete);
        Assert.Equal([("a", null, 0), ("b", "a", 1), ("c", "a", 1), ("d", "b", 2)], network.Servers.Select(s => (s.Name!, Namer(network, s), s.Depth)));
        Assert.All(network.Servers, s => Assert.Equal(ServerAnswer.Answers, s.State));
        Assert.All(network.Servers, s => Assert.NotNull(s.LatencyMs));
    }

    [Fact]
    public async Task What_does_not_answer_or_lies_is_shown_as_that()
    {
        var (a, forger, copycat) = (await NewAsync("a"), await NewAsync("forger"), await NewAsync("copycat"));
        forger.Forged = true;
        copycat.Forged = true;
        var gone = ServerKey.Create();
        a.Lists = [forger, copycat];
        a.Others = [Member.Card(gone, "gone", "http://127.0.0.1:1/"), Member.Card(gone, "metadata", "http://169.254.169.254/latest/"), Member.Card(gone, "no address", "ftp://x/")];
        var network = await WalkAsync(a);
        Assert.Equal(
            [("a", ServerAnswer.Answers), ("copycat", ServerAnswer.BadCard), ("forger", ServerAnswer.BadCard), ("gone", ServerAnswer.Silent), ("metadata", ServerAnswer.NotCalled)],
            network.Servers.Select(s => (s.Name!, s.State)).Order());
        Assert.All(network.Servers.Skip(1), s => Assert.NotNull(s.Problem));
    }

    [Fact]
    public async Task A_server_that_names_new_ones_without_end_is_left_at_a_limit()
    {
        var a = await NewAsync("a");
        var counter = 0;
        a.Invents = () => Enumerable.Range(0, 50).Select(_ => Member.Card(ServerKey.Create(), "new", $"{a.Url}{Interlocked.Increment(ref counter)}/"));
        var network = await WalkAsync(a, new WalkLimits { Servers = 200 });
        Assert.False(network.Complete);
        Assert.InRange(network.Servers.Count, 2, 200);

        a.Endless = true;
        a.Invents = () => [Member.Card(ServerKey.Create(), "gone", "http://127.0.0.1:1/")];
        Assert.False((await WalkAsync(a, new WalkLimits { Pages = 3 })).Complete);
    }

    [Fact]
    public async Task A_stranger_s_name_reaches_neither_the_terminal_nor_the_picture_as_a_command()
    {
        var a = await NewAsync("[red]a[/] \u202Ex\"]; evil -> \\\" [x=\" next");
        // A name in a list is nobody's signed word, and can hold anything.
        a.Others = [Member.Card(ServerKey.Create(), "\u001b[2J\nghost", "http://127.0.0.1:1/")];
        var (exit, text, _) = await RunAsync("network", "--server", a.Url);
        Assert.Equal(0, exit);
        Assert.Contains("[red]a[/]", text, StringComparison.Ordinal);
        Assert.DoesNotContain('\u001b', text);
        Assert.DoesNotContain('\u202E', text);
        Assert.Contains(" [2J ghost", text, StringComparison.Ordinal);

        var dot = (await RunAsync("network", "--dot", "--server", a.Url)).Out;
        Assert.Contains("""label="[red]a[/]  x\"]; evil -> \\\" [x=\" next\n""", dot, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_tree_says_who_named_whom_and_json_says_all()
    {
        var (a, b) = (await NewAsync("anna"), await NewAsync("ben"));
        a.Lists = [b];
        var (exit, text, error) = await RunAsync("network", "--server", a.Url);
        Assert.True(exit == 0, error);
        var lines = text.Split('\n');
        Assert.StartsWith("anna  0.25 USD a month, covers 50 % of 10 records, ", lines[0], StringComparison.Ordinal);
        Assert.Contains("── ben", lines[1], StringComparison.Ordinal);
        Assert.Contains("2 servers answer; 6 nodes online", text, StringComparison.Ordinal);

        var json = JsonDocument.Parse((await RunAsync("network", "--json", "--server", a.Url)).Out).RootElement.GetProperty("servers");
        Assert.Equal(b.Id, json[0].GetProperty("lists")[0].GetString());
        Assert.Equal((a.Id, "answers"), (json[1].GetProperty("namedBy").GetString(), json[1].GetProperty("state").GetString()));
        Assert.Equal(6, (await RunAsync("network", "--server", "http://127.0.0.1:1/")).Exit);
    }

    [Fact]
    public async Task The_best_server_can_be_asked_for_within_a_price()
    {
        var (a, b) = (await NewAsync("a"), await NewAsync("b"));
        a.Lists = [b];
        b.Price = null;
        var best = JsonDocument.Parse((await RunAsync("servers", "--best", "--json", "--server", a.Url)).Out).RootElement.GetProperty("servers");
        Assert.Equal(("b", 1), (best[0].GetProperty("server").GetProperty("name").GetString(), best.GetArrayLength()));

        b.Price = new CardPrice("0.80", "USD", "month");
        a.Price = new CardPrice("0.70", "USD", "month");
        Assert.Equal(5, (await RunAsync("servers", "--max-price", "0.5", "--server", a.Url)).Exit);
        Assert.Equal(2, (await RunAsync("servers", "--max-price", "cheap", "--server", a.Url)).Exit);
        var table = (await RunAsync("servers", "--server", a.Url)).Out;
        Assert.Contains("0.80 USD a month", table, StringComparison.Ordinal);
    }

    [Fact]
    public void The_score_is_what_the_help_says()
    {
        var whole = Seen("whole", 1, 0, null);
        var usual = Seen("usual", 1, 0, 0.25m);
        var slow = Seen("slow", 1, 1_000, 0.25m);
        var little = Seen("little", 0.1, 0, null);
        var euro = Seen("euro", 1, 0, 0.01m, "EUR");
        var dear = Seen("dear", 1, 0, 0.75m);
        var ranked = ServerRanking.Rank([slow, dear, little, euro, usual, whole, Seen("silent", 1, 0, null) with { State = ServerAnswer.Silent }]);
        Assert.Equal([("whole", 1), ("usual", 0.5), ("dear", 0.25), ("euro", 0.25), ("slow", 0.25), ("little", 0.1)], ranked.Select(r => (r.Server.Name!, r.Score)));
        Assert.Equal(["whole", "usual", "slow", "little"], ServerRanking.Rank([slow, dear, little, euro, usual, whole], 0.25m).Select(r => r.Server.Name!));
    }

    private static SeenServer Seen(string name, double ratio, double latency, decimal? price, string currency = "USD") => new()
    {
        Id = name,
        Name = name,
        Url = $"http://{name}/",
        State = ServerAnswer.Answers,
        Depth = 0,
        LatencyMs = latency,
        Search = price is null ? "Free" : "Paid",
        Price = price is { } amount ? new Price { Amount = amount, Currency = currency, Period = "month" } : null,
        Coverage = new Coverage { Ratio = ratio },
    };

    private static string? Namer(SeenNetwork network, SeenServer server) => network.Servers.FirstOrDefault(s => s.Id == server.NamedBy)?.Name;

    private static async Task<SeenNetwork> WalkAsync(Member start, WalkLimits? limits = null)
    {
        using var walk = new NetworkWalk(limits ?? new WalkLimits(), TimeProvider.System);
        return await walk.RunAsync(new Uri(start.Url), TestContext.Current.CancellationToken);
    }

    private async Task<Member> NewAsync(string name)
    {
        var member = await Member.StartAsync(name);
        _members.Add(member);
        return member;
    }

    private async Task<(int Exit, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var standard = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandTree.RunAsync(arguments, new Surroundings
        {
            Out = standard,
            Error = error,
            RawOut = () => new MemoryStream(),
            Environment = name => name == "XDG_CONFIG_HOME" ? _home.Path : null,
        }, TestContext.Current.CancellationToken);
        return (exit, standard.ToString(), error.ToString());
    }

    /// <summary>A server of the network.</summary>
    private sealed class Member : IAsyncDisposable
    {
        private readonly ServerKey _key = ServerKey.Create();
        private readonly string _name;
        private StubServer? _server;

        private Member(string name) => _name = name;

        public string Id => _key.Id;

        public string Url => _server!.Address.AbsoluteUri;

        public IReadOnlyList<Member> Lists { get; set; } = [];

        public IReadOnlyList<byte[]> Others { get; set; } = [];

        public Func<IEnumerable<byte[]>>? Invents { get; set; }

        /// <summary>Somebody else's signature stands on its card.</summary>
        public bool Forged { get; set; }

        /// <summary>Its list never ends.</summary>
        public bool Endless { get; set; }

        public CardPrice? Price { get; set; } = new("0.25", "USD", "month");

        public static async Task<Member> StartAsync(string name)
        {
            var member = new Member(name);
            member._server = await StubServer.StartAsync(member.AnswerAsync);
            return member;
        }

        public static byte[] Card(ServerKey key, string name, string url, CardPrice? price = null) => SignedCard.Sign(
            new ServerCard
            {
                Id = key.Id,
                Name = name,
                Url = url,
                PublicKey = Convert.ToBase64String(key.PublicKey.Spki.Span),
                Software = "test",
                Version = "1",
                SearchAccess = price is null ? "Free" : "Paid",
                FederationAccess = "Free",
                Price = price,
                Coverage = new CardCoverage(5, 1, 10, 0.5),
                Nodes = new CardNodes(3, 4),
                Time = DateTimeOffset.FromUnixTimeSeconds(1_795_000_000),
            }, key).Utf8.ToArray();

        public ValueTask DisposeAsync() => _server!.DisposeAsync();

        private byte[] Card()
        {
            var card = Card(_key, _name, Url, Price);
            if (!Forged)
            {
                return card;
            }

            var forged = JsonNode.Parse(card)!;
            forged["coverage"]!["ratio"] = 1;
            return Encoding.UTF8.GetBytes(forged.ToJsonString());
        }

        private async Task AnswerAsync(HttpContext context, Seen seen)
        {
            context.Response.ContentType = "application/json";
            if (seen.Path.EndsWith("/api/v1/server", StringComparison.Ordinal))
            {
                // Below another path it is another server, as one that invents them would answer.
                await context.Response.Body.WriteAsync(seen.Path == "/api/v1/server" ? Card() : Card(ServerKey.Create(), "new", Url + seen.Path[1..], Price));
                return;
            }

            var cards = Lists.Select(m => m.Card()).Concat(Others).Concat(Invents?.Invoke() ?? []).Select(c => Encoding.UTF8.GetString(c));
            var next = Endless ? $"\"{seen.Query.Length}\"" : "null";
            await context.Response.WriteAsync($$"""{"servers":[{{string.Join(',', cards)}}],"next":{{next}}}""");
        }
    }
}
