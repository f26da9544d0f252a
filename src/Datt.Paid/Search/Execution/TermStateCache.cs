using System.Numerics;

namespace Datt.Paid.Search.Execution;

/// <summary>Fields of terms: see <see cref="Indexing.IndexSchema"/>.</summary>
internal enum TermField : byte
{
    Text,
    Title,
    Facet,
    Surface,
}

/// <summary>
/// Where the postings of the terms looked up last lie in a segment: a look-up in the term dictionary costs as much as a short query. Terms known to be absent are
/// remembered too. Thread-safe: places are overwritten whole, by reference.
/// </summary>
internal sealed class TermStateCache
{
    private readonly Place?[] _places;

    /// <param name="documents">Documents of the segment; one place for eight of them, at most 32,768.</param>
    public TermStateCache(int documents) =>
        _places = new Place?[BitOperations.RoundUpToPowerOf2((uint)Math.Clamp(documents / 8, 16, 32_768))];

    public bool TryGet(TermField field, byte[] term, int hash, out TermPlace? state)
    {
        var place = _places[hash & (_places.Length - 1)];
        if (place is not null && place.Field == field && place.Term.AsSpan().SequenceEqual(term))
        {
            state = place.State;
            return true;
        }

        state = null;
        return false;
    }

    public void Set(TermField field, byte[] term, int hash, TermPlace? state) =>
        _places[hash & (_places.Length - 1)] = new Place(field, term, state);

    private sealed record Place(TermField Field, byte[] Term, TermPlace? State);
}
