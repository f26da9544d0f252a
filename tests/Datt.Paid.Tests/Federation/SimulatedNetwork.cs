using System.Collections.Concurrent;
using System.Globalization;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Tests.Protocol;

namespace Datt.Paid.Tests.Federation;

/// <summary>How a simulated server behaves.</summary>
internal enum Conduct
{
    Honest,
    Gone,
    Hanging,
    WrongSignature,
    ChangingId,

    /// <summary>Names servers without end, of names that do not exist.</summary>
    NamesNobody,

    /// <summary>Names servers without end, all of them its own, which answer with good cards and name further ones.</summary>
    InventsServers,
}

/// <summary>
/// Servers as the crawler sees them: each knows some others, a third is gone or lies. Answers cost no time, except where nobody answers.
/// </summary>
internal sealed class SimulatedNetwork : IServerSource
{
    private const int Neighbours = 12;

    private readonly VirtualTime _time;
    private readonly Server[] _servers;
    private readonly ConcurrentDictionary<string, ServerKey> _invented = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, int> _inHour = new(StringComparer.Ordinal);
    private long _hour;
    private int _requestsInHour;
    private int _nobodies;

    public SimulatedNetwork(int count, int seed, VirtualTime time)
    {
        _time = time;
        var random = new Random(seed);
        _servers = new Server[count];
        for (var i = 0; i < count; i++)
        {
            int[] neighbours = [.. Enumerable.Range(0, Neighbours).Select(_ => random.Next(count))];
            _servers[i] = new Server(ConductOf(i, random), ServerKey.Create(), neighbours);
        }
    }

    /// <summary>The address to start from, of an honest server.</summary>
    public string Start => Url(0);

    public IEnumerable<string> LivingIds => _servers.Where(s => s.Conduct == Conduct.Honest).Select(s => s.Key.Id);

    /// <summary>Most requests that one server got in one hour.</summary>
    public int MostToOneInAnHour { get; private set; }

    /// <summary>Most requests in one hour of the clock to all of them.</summary>
    public int MostInAnHour { get; private set; }

    /// <summary>Names that were made up.</summary>
    public int Nobodies => _nobodies;

    public int Count(Conduct conduct) => _servers.Count(server => server.Conduct == conduct);

    public async Task<CardFetch> FetchCardAsync(Uri server, CancellationToken ct)
    {
        Note(server);
        if (Find(server) is not { } found)
            return await InventedAsync(server);
        switch (found.Conduct)
        {
            case Conduct.Gone:
                return new CardFetch.Silent("It cannot be connected to.");
            case Conduct.Hanging:
                await Task.Delay(TimeSpan.FromSeconds(10), _time, ct);
                return new CardFetch.Silent("It does not answer in time.");
            case Conduct.WrongSignature:
                return new CardFetch.NoCard("The signature of its card is wrong.");
            case Conduct.ChangingId:
                return Card(server, ServerKey.Create());
            default:
                return Card(server, found.Key);
        }
    }

    public Task<ListFetch> FetchListAsync(Uri server, string? cursor, DateTimeOffset? since, CancellationToken ct)
    {
        Note(server);
        var host = server.Host;
        ListFetch list = Find(server) switch
        {
            null => Invent(host[(host.IndexOf('.', StringComparison.Ordinal) + 1)..]),
            { Conduct: Conduct.InventsServers } => Invent("evil-" + host),
            { Conduct: Conduct.NamesNobody } => new ListFetch.Page(
                [.. Enumerable.Range(0, 200).Select(_ => new ListedAddress(null, $"https://nobody{Interlocked.Increment(ref _nobodies)}.example"))], "more"),
            var found => new ListFetch.Page([.. found.Neighbours.Select(i => new ListedAddress(_servers[i].Key.Id, Url(i)))], null),
        };
        return Task.FromResult(list);
    }

    public Task<ListFetch> FetchBootstrapAsync(Uri list, string? cursor, CancellationToken ct) => Task.FromResult<ListFetch>(new ListFetch.Failed("No list."));

    public Task<bool> GreetAsync(Uri server, SignedCard own, CancellationToken ct)
    {
        Note(server);
        return Task.FromResult(true);
    }

    private static string Url(int index) => $"https://server{index}.example";

    private static Conduct ConductOf(int index, Random random) => (index == 0 ? 0 : random.NextDouble()) switch
    {
        < 2.0 / 3 => Conduct.Honest,
        < 0.80 => Conduct.Gone,
        < 0.85 => Conduct.Hanging,
        < 0.90 => Conduct.WrongSignature,
        < 0.93 => Conduct.ChangingId,
        < 0.97 => Conduct.NamesNobody,
        _ => Conduct.InventsServers,
    };

    private Server? Find(Uri url) =>
        url.Host.StartsWith("server", StringComparison.Ordinal)
        && int.TryParse(url.Host["server".Length..url.Host.IndexOf('.', StringComparison.Ordinal)], CultureInfo.InvariantCulture, out var index)
            ? _servers[index]
            : null;

    private async Task<CardFetch> InventedAsync(Uri server)
    {
        await Task.Yield();
        return server.Host.StartsWith("nobody", StringComparison.Ordinal)
            ? new CardFetch.Silent("Its host name has no address.")
            : Card(server, _invented.GetOrAdd(server.Host, _ => ServerKey.Create()));
    }

    private ListFetch.Page Invent(string domain) =>
        new([.. Enumerable.Range(0, 200).Select(_ => new ListedAddress(null, $"https://s{Interlocked.Increment(ref _nobodies)}.{domain}"))], "more");

    private CardFetch.Answered Card(Uri server, ServerKey key) => new(
        SignedCard.Sign(SignedCardTests.Card(key) with { Url = server.AbsoluteUri, Time = _time.GetUtcNow() }, key), TimeSpan.FromMilliseconds(20));

    private void Note(Uri server)
    {
        lock (_inHour)
        {
            var hour = _time.GetUtcNow().UtcTicks / TimeSpan.TicksPerHour;
            if (hour != _hour)
            {
                _hour = hour;
                _requestsInHour = 0;
                _inHour.Clear();
            }
            MostInAnHour = Math.Max(MostInAnHour, ++_requestsInHour);
            MostToOneInAnHour = Math.Max(MostToOneInAnHour, _inHour.AddOrUpdate(server.Host, 1, (_, count) => count + 1));
        }
    }

    private sealed record Server(Conduct Conduct, ServerKey Key, int[] Neighbours);
}
