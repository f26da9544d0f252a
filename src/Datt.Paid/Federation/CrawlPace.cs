namespace Datt.Paid.Federation;

/// <summary>When to visit whom again, so that the number of requests in an hour is bounded however large the network is.</summary>
internal sealed class CrawlPace(CrawlSettings settings, TimeSpan interval, int seed)
{
    private static readonly TimeSpan LongestWait = TimeSpan.FromHours(12);
    private static readonly TimeSpan LongestListWait = TimeSpan.FromHours(24);

    private readonly Random _random = new(seed);
    private readonly RateBucket _requests = new(settings.MaxRequestsPerHour, Math.Max(1, settings.MaxRequestsPerHour / 4));
    private readonly Lock _lock = new();
    private readonly Dictionary<string, DateTimeOffset> _sites = new(StringComparer.Ordinal);

    /// <summary>Whether one more request may be sent in this hour.</summary>
    public bool TryRequest(DateTimeOffset now)
    {
        lock (_lock)
            return _requests.TryTake(now);
    }

    /// <summary>How long a site has to be left alone yet; zero takes its turn.</summary>
    public TimeSpan Wait(ServerAddress address, DateTimeOffset now)
    {
        if (address.IsLocal || settings.SiteGap == TimeSpan.Zero)
            return TimeSpan.Zero;
        lock (_lock)
        {
            if (_sites.TryGetValue(address.Site, out var free) && free > now)
                return free - now;
            if (_sites.Count >= settings.MaxServers)
            {
                foreach (var (site, at) in _sites.Where(pair => pair.Value <= now).ToList())
                    _sites.Remove(site);
            }
            _sites[address.Site] = now + settings.SiteGap;
            return TimeSpan.Zero;
        }
    }

    /// <summary>
    /// When to visit somebody again: those who answer in turn, with half of the requests of an hour; those who do not at doubled distances,
    /// and at random within a quarter of it, so that not everybody comes at once.
    /// </summary>
    public DateTimeOffset Next(DateTimeOffset now, int failures, int known) =>
        now + Jitter(Min(Turn(known, share: 2) * Math.Pow(2, Math.Min(failures, 20)), LongestWait, Turn(known, share: 2)));

    /// <summary>When to read a list again: with a quarter of the requests, at doubled distances while it brings no news.</summary>
    public DateTimeOffset NextList(DateTimeOffset now, int withoutNews, int known) =>
        now + Jitter(Min(Turn(known, share: 4) * Math.Pow(2, Math.Max(0, Math.Min(withoutNews, 20) - 3)), LongestListWait, Turn(known, share: 4)));

    /// <summary>True for about <paramref name="some"/> of <paramref name="all"/>, at random.</summary>
    public bool IsChosen(int some, int all)
    {
        lock (_lock)
            return _random.Next(Math.Max(1, all)) < some;
    }

    private TimeSpan Turn(int known, int share)
    {
        var round = TimeSpan.FromHours((double)known * share / settings.MaxRequestsPerHour);
        return round > interval ? round : interval;
    }

    private static TimeSpan Min(TimeSpan wanted, TimeSpan most, TimeSpan least) => wanted < most ? wanted : most > least ? most : least;

    // Never later than asked for, so that what is due each round is not due each second one.
    private TimeSpan Jitter(TimeSpan wait)
    {
        lock (_lock)
            return wait * (1 - (_random.NextDouble() / 4));
    }
}
