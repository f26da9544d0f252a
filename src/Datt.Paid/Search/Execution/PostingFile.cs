using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Datt.Paid.Search.Indexing;
using Lucene.Net.Codecs;
using Lucene.Net.Codecs.Lucene41;
using Lucene.Net.Index;
using Lucene.Net.Store;
using Lucene.Net.Util.Packed;

namespace Datt.Paid.Search.Execution;

/// <summary>
/// The file of a segment that has documents and frequencies of all terms, read where it lies in memory. Format: Lucene 4.1 postings, blocks of 128 numbers packed
/// with the least bits that hold the greatest of them, then variable-length numbers. Valid as long as the segment's reader is open.
/// </summary>
internal sealed unsafe class PostingFile
{
    private const string Codec = "Lucene41PostingsWriterDoc";
    private const int MaxBits = 32;

    /// <summary>
    /// The codec's footer, in which no postings lie: a block is read in steps of eight bytes, so up to seven beyond it, and two variable-length numbers after one check.
    /// </summary>
    private const int Slack = 16;

    private readonly byte* _start;
    private readonly long _length;
    private readonly byte[]? _pinned;

    private PostingFile(IndexInput input)
    {
        if (input is MappedDirectory.Input mapped)
        {
            _start = mapped.Start;
            _length = mapped.Length;
        }
        else
        {
            _pinned = GC.AllocateUninitializedArray<byte>(checked((int)input.Length), pinned: true);
            var copy = (IndexInput)input.Clone();
            copy.Seek(0);
            copy.ReadBytes(_pinned, 0, _pinned.Length);
            _start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetArrayDataReference(_pinned));
            _length = _pinned.Length;
        }

        var header = (IndexInput)input.Clone();
        header.Seek(0);
        CodecUtil.CheckHeader(header, Codec, 0, int.MaxValue);
        header.ReadVInt32();
        for (var bits = 1; bits <= MaxBits; bits++)
        {
            var code = header.ReadVInt32();
            var single = (code >> 5) == PackedInt32s.Format.PACKED_SINGLE_BLOCK.Id;
            if ((code & 31) + 1 != bits || (single && 64 % bits != 0))
                throw new NotSupportedException($"Postings in {input} pack {bits} bits in a way that is not known here.");
            if (single)
                SingleBlocks |= 1UL << bits;
        }
    }

    /// <summary>Bit n: numbers of n bits lie in words of 64 bits, the first in the lowest bits; otherwise one after the other, the first in the highest bits.</summary>
    public ulong SingleBlocks { get; }

    /// <summary>The file of a segment; null where no field has terms.</summary>
    public static PostingFile? Open(AtomicReader reader)
    {
        foreach (var field in new[] { IndexSchema.Text, IndexSchema.Facet })
        {
            var terms = reader.GetTerms(field)?.GetEnumerator();
            if (terms is not null && terms.MoveNext())
                return new PostingFile(InputOf(terms.Docs(null, null, DocsFlags.NONE)));
        }

        return null;
    }

    /// <exception cref="EndOfStreamException">The index is damaged.</exception>
    public byte* At(long offset) =>
        offset >= 0 && offset <= _length - Slack ? _start + offset : throw new EndOfStreamException($"No postings lie at {offset}: the file has {_length} bytes.");

    /// <summary>Whether so many bytes of packed numbers lie in the file.</summary>
    public void Require(byte* at, int bytes)
    {
        if (bytes > _start + _length - Slack - at)
            throw new EndOfStreamException($"Postings end beyond the {_length} bytes of their file.");
    }

    public static int ReadVariable(ref byte* at)
    {
        uint value = *at++;
        if (value < 0x80)
            return (int)value;
        value &= 0x7F;
        for (var shift = 7; ; shift += 7)
        {
            uint next = *at++;
            value |= (next & 0x7F) << shift;
            if (next < 0x80 || shift >= 28)
                return (int)value;
        }
    }

    /// <summary>One of the numbers of a block.</summary>
    public int Unpack(byte* at, int bits, int index)
    {
        if ((SingleBlocks >> bits & 1) != 0)
        {
            var bit = index * bits;
            return (int)(Read(at + (bit >> 6 << 3)) >> (bit & 63) & ((1UL << bits) - 1));
        }
        else
        {
            var bit = index * bits;
            return (int)(Read(at + (bit >> 3)) << (bit & 7) >> (64 - bits));
        }
    }

    /// <summary>All numbers of a block; each added to those before it and to <paramref name="sum"/> if <paramref name="add"/> is -1, by itself if it is 0.</summary>
    public void Unpack(byte* at, int bits, int sum, int add, Span<int> into)
    {
        fixed (int* target = into)
        {
            if ((SingleBlocks >> bits & 1) != 0)
            {
                var mask = (1UL << bits) - 1;
                var next = target;
                for (var end = at + (16 * bits); at < end; at += sizeof(ulong))
                {
                    var word = Read(at);
                    for (var bit = 0; bit < 64; bit += bits)
                    {
                        *next++ = sum = (sum & add) + (int)(word & mask);
                        word >>= bits;
                    }
                }

                return;
            }

            for (int i = 0, bit = 0; i < PostingCursor.BlockSize; i++, bit += bits)
                target[i] = sum = (sum & add) + (int)(Read(at + (bit >> 3)) << (bit & 7) >> (64 - bits));
        }
    }

    private static ulong Read(byte* at) => BinaryPrimitives.ReverseEndianness(Unsafe.ReadUnaligned<ulong>(at));

    /// <summary>The reader's own input: it is closed with the reader, clones have no life of their own.</summary>
    private static IndexInput InputOf(DocsEnum docs) => StartDocIn(docs);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "startDocIn")]
    private static extern ref readonly IndexInput StartDocIn(
        [UnsafeAccessorType("Lucene.Net.Codecs.Lucene41.Lucene41PostingsReader+BlockDocsEnum, Lucene.Net")] object docs);
}

/// <summary>Where the postings of a term lie in a segment.</summary>
internal sealed unsafe class TermPlace
{
    private Blocks? _blocks;

    public TermPlace(BlockTermState state)
    {
        State = state;
        DocFreq = state.DocFreq;
        TotalFreq = state.TotalTermFreq;
        var place = (Lucene41PostingsWriter.Int32BlockTermState)state;
        DocStart = DocStartOf(place);
        SkipOffset = SkipOffsetOf(place);
        OnlyDoc = OnlyDocOf(place);
    }

    public BlockTermState State { get; }

    public int DocFreq { get; }

    public long TotalFreq { get; }

    public long DocStart { get; }

    /// <summary>The document of a term that has one; it is in no file.</summary>
    public int OnlyDoc { get; }

    /// <summary>See <see cref="PostingCursor.BestNorms"/>; null until somebody asked.</summary>
    public int[]? BestNorms { get; set; }

    private long SkipOffset { get; }

    /// <summary>
    /// The last document of each block but the last, and where the block after it begins: the lowest level of Lucene's skip list, in an array. Made when the term is
    /// first looked into; 8 bytes for 128 documents.
    /// </summary>
    public Blocks BlocksIn(PostingFile file, bool hasPositions) => _blocks ??= Read(file, hasPositions);

    private Blocks Read(PostingFile file, bool hasPositions)
    {
        var count = (DocFreq - 1) / PostingCursor.BlockSize;
        var blocks = new Blocks(new int[count], new int[count]);
        var at = file.At(DocStart + SkipOffset);
        // Higher levels come first, the greatest first, each with its length; a level has an eighth of the entries of the one below it.
        var levels = 1;
        for (var entries = (DocFreq % PostingCursor.BlockSize == 0 ? DocFreq - 1 : DocFreq) / PostingCursor.BlockSize; entries >= 8 && levels < 10; entries /= 8)
            levels++;
        for (; levels > 1; levels--)
        {
            var length = PostingFile.ReadVariable(ref at);
            file.Require(at, length);
            at += length;
        }

        int doc = 0, start = 0;
        for (var i = 0; i < count; i++)
        {
            file.Require(at, 1);
            blocks.Last[i] = doc += PostingFile.ReadVariable(ref at);
            blocks.Next[i] = start += PostingFile.ReadVariable(ref at);
            if (!hasPositions)
                continue;
            file.Require(at, 1);
            PostingFile.ReadVariable(ref at);
            PostingFile.ReadVariable(ref at);
        }

        return blocks;
    }

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "docStartFP")]
    private static extern ref long DocStartOf(Lucene41PostingsWriter.Int32BlockTermState state);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "skipOffset")]
    private static extern ref long SkipOffsetOf(Lucene41PostingsWriter.Int32BlockTermState state);

    [UnsafeAccessor(UnsafeAccessorKind.Field, Name = "singletonDocID")]
    private static extern ref int OnlyDocOf(Lucene41PostingsWriter.Int32BlockTermState state);

    /// <param name="Last">Last document of each block but the last one.</param>
    /// <param name="Next">Where the block after it begins, counted from the first block.</param>
    internal sealed record Blocks(int[] Last, int[] Next);
}
