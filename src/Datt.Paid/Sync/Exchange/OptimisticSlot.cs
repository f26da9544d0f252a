namespace Datt.Paid.Sync.Exchange;

/// <summary>
/// BitTorrent's optimistic unchoke: one turn at a time goes to somebody who has earned nothing, so that newcomers get to show what they give. Turns go
/// round by address first and by name within one, so that more names bring no more turns. Not safe for several threads.
/// </summary>
internal sealed class OptimisticSlot(long bytes, TimeSpan turn)
{
    /// <summary>Addresses that may wait at a time.</summary>
    internal const int MostPlaces = 1_000;

    /// <summary>Names that may wait at one address.</summary>
    internal const int MostNames = 16;

    private static readonly TimeSpan Forget = TimeSpan.FromHours(1);

    private readonly Dictionary<UInt128, Place> _places = [];
    private string? _holder;
    private long _left;
    private DateTimeOffset _until;

    /// <summary>Takes bytes of the turn where it is the caller's; else says how long until the next turn, for which the caller then stands in line.</summary>
    public bool TryTake(UInt128 address, string name, long wanted, DateTimeOffset now, out TimeSpan retryAfter)
    {
        StandInLine(address, name, now);
        if (now >= _until)
            Begin(now);
        if (_holder == name && _left >= wanted)
        {
            _left -= wanted;
            retryAfter = default;
            return true;
        }
        retryAfter = _until - now;
        return false;
    }

    private void StandInLine(UInt128 address, string name, DateTimeOffset now)
    {
        if (!_places.TryGetValue(address, out var place))
        {
            if (_places.Count >= MostPlaces)
                _places.Remove(_places.MinBy(each => each.Value.Asked).Key);
            _places[address] = place = new Place();
        }
        place.Asked = now;
        if (!place.Names.TryGetValue(name, out var waiting))
        {
            if (place.Names.Count >= MostNames)
                place.Names.Remove(place.Names.MinBy(each => each.Value.Asked).Key);
            place.Names[name] = waiting = new Waiting();
        }
        waiting.Asked = now;
    }

    /// <summary>The next turn, to who asked lately and had the last one longest ago.</summary>
    private void Begin(DateTimeOffset now)
    {
        foreach (var (address, each) in _places)
        {
            if (now - each.Asked > Forget)
                _places.Remove(address);
        }
        var since = now - (2 * turn);
        var place = _places.Where(each => each.Value.Asked >= since).MinBy(each => (each.Value.Turn, each.Key)).Value;
        var (name, waiting) = place.Names.Where(each => each.Value.Asked >= since).MinBy(each => (each.Value.Turn, each.Value.Asked));
        (place.Turn, waiting.Turn) = (now, now);
        (_holder, _left, _until) = (name, bytes, now + turn);
    }

    private sealed class Place
    {
        public DateTimeOffset Asked { get; set; }

        public DateTimeOffset Turn { get; set; }

        public Dictionary<string, Waiting> Names { get; } = new(StringComparer.Ordinal);
    }

    private sealed class Waiting
    {
        public DateTimeOffset Asked { get; set; }

        public DateTimeOffset Turn { get; set; }
    }
}
