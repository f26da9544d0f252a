namespace Datt.Paid.Federation;

/// <summary>
/// How good the addresses were that each source named. Whoever names servers that are there may name more; whoever names what never answers,
/// soon next to none: so those who invent servers by the thousand cost a few visits each. Belongs to a <see cref="CrawlTable"/>.
/// </summary>
internal sealed class SourceRecords(CrawlSettings settings)
{
    private const int AtFirst = 50;
    private const int Least = 2;

    private readonly Dictionary<string, Record> _records = new(StringComparer.Ordinal);

    /// <summary>How many of its addresses wait to be proven.</summary>
    public int Unproven(string source) => _records.GetValueOrDefault(source).Unproven;

    /// <summary>How many may wait at a time. What stands in the configuration, and who is named there, is trusted with the most.</summary>
    public int Allowance(string source, bool isTrusted)
    {
        var record = _records.GetValueOrDefault(source);
        return isTrusted
            ? settings.MaxUnprovenPerSource
            : Math.Min(settings.MaxUnprovenPerSource, Math.Max(Least, AtFirst + (2 * record.Proven) - record.Vain));
    }

    public void Named(string source)
    {
        if (_records.Count >= settings.MaxServers * 2)
        {
            foreach (var (idle, _) in _records.Where(pair => pair.Value.Unproven == 0).ToList())
                _records.Remove(idle);
        }
        var record = _records.GetValueOrDefault(source);
        _records[source] = record with { Unproven = record.Unproven + 1 };
    }

    public void Proved(string source)
    {
        var record = _records.GetValueOrDefault(source);
        _records[source] = record with { Unproven = Math.Max(0, record.Unproven - 1), Proven = record.Proven + 1 };
    }

    public void GaveUp(string source)
    {
        var record = _records.GetValueOrDefault(source);
        _records[source] = record with { Unproven = Math.Max(0, record.Unproven - 1), Vain = record.Vain + 1 };
    }

    private readonly record struct Record(int Unproven, int Proven, int Vain);
}
