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
    private Entry[] _entries = new Entry[64];
    private int _count;
    private int _next;

    public TermStream()
    {
        AddAttributeImpl(_term);
        _increment = AddAttribute<IPositionIncrementAttribute>();
    }

    public int Count => _count;

    public void Clear() => _count = 0;

    /// <param name="bytes">Where the term is; not copied, not changed.</param>
    /// <param name="offset">Where it begins.</param>
    /// <param name="length">How long it is.</param>
    /// <param name="increment">Distance from the position of the term before.</param>
    public void Add(byte[] bytes, int offset, int length, int increment)
    {
        if (_count == _entries.Length)
            Array.Resize(ref _entries, 2 * _count);
        _entries[_count++] = new(bytes, offset, length, increment);
    }

    public override bool IncrementToken()
    {
        if (_next == _count)
            return false;
        ref readonly var entry = ref _entries[_next++];
        _term.Set(entry.Bytes, entry.Offset, entry.Length);
        _increment.PositionIncrement = entry.Increment;
        return true;
    }

    public override void Reset() => _next = 0;

    private readonly record struct Entry(byte[] Bytes, int Offset, int Length, int Increment);

    private sealed class TermAttribute : Attribute, ITermToBytesRefAttribute
    {
        public BytesRef BytesRef { get; } = new();

        public void Set(byte[] bytes, int offset, int length)
        {
            BytesRef.Bytes = bytes;
            BytesRef.Offset = offset;
            BytesRef.Length = length;
        }

        public void FillBytesRef()
        {
        }

        public override void Clear()
        {
        }

        public override void CopyTo(IAttribute target) => ((TermAttribute)target).Set(BytesRef.Bytes, BytesRef.Offset, BytesRef.Length);
    }
}
