using Lucene.Net.Analysis;
using Lucene.Net.Analysis.TokenAttributes;
using Lucene.Net.Util;
using Attribute = Lucene.Net.Util.Attribute;

namespace Datt.Paid.Search.Indexing;

/// <summary>Terms that were made before, handed to Lucene as bytes. Reused for every document.</summary>
internal sealed class TermStream : TokenStream
{
    private readonly TermAttribute _term = new();
    private readonly IPositionIncrementAttribute _increment;
    private byte[][] _terms = new byte[64][];
    private int[] _increments = new int[64];
    private int _count;
    private int _next;

    public TermStream()
    {
        AddAttributeImpl(_term);
        _increment = AddAttribute<IPositionIncrementAttribute>();
    }

    public int Count => _count;

    public void Clear() => _count = 0;

    /// <param name="term">Bytes of the term; not copied, not changed.</param>
    /// <param name="increment">Distance from the position of the term before.</param>
    public void Add(byte[] term, int increment)
    {
        if (_count == _terms.Length)
        {
            Array.Resize(ref _terms, 2 * _count);
            Array.Resize(ref _increments, 2 * _count);
        }

        _terms[_count] = term;
        _increments[_count++] = increment;
    }

    public override bool IncrementToken()
    {
        if (_next == _count)
            return false;
        _term.Set(_terms[_next]);
        _increment.PositionIncrement = _increments[_next++];
        return true;
    }

    public override void Reset() => _next = 0;

    private sealed class TermAttribute : Attribute, ITermToBytesRefAttribute
    {
        public BytesRef BytesRef { get; } = new();

        public void Set(byte[] term)
        {
            BytesRef.Bytes = term;
            BytesRef.Offset = 0;
            BytesRef.Length = term.Length;
        }

        public void FillBytesRef()
        {
        }

        public override void Clear()
        {
        }

        public override void CopyTo(IAttribute target) => ((TermAttribute)target).Set(BytesRef.Bytes);
    }
}
