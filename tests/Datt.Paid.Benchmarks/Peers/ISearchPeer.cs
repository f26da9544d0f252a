using Datt.Paid.Benchmarks.Corpus;
using Datt.Paid.Benchmarks.Load;

namespace Datt.Paid.Benchmarks.Peers;

/// <summary>Another engine, fed the same records and asked the same queries in its own process.</summary>
internal interface ISearchPeer : IDisposable
{
    /// <summary>Builds a new index from the records.</summary>
    /// <returns>How long it took until the last record was searchable.</returns>
    Stretch Index(IReadOnlyList<CorpusRecord> records, int threads);

    /// <summary>Opens what was built for reading.</summary>
    void Open();

    /// <summary>How many records match all words.</summary>
    int Count(string query);

    /// <summary>Asks for the ten best records and reads their titles, until the time is up.</summary>
    Stretch Search(string[] queries, int threads, TimeSpan time);
}
