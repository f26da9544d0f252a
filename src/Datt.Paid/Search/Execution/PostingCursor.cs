using System.Numerics;
using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;

namespace Datt.Paid.Search.Execution;

/// <summary>
/// Reads the documents of one term, a block of 128 at a time into an array, so that loops over them need no call for each. Deleted documents are among them. Used
/// again for one term after the other.
/// </summary>
internal sealed unsafe class PostingCursor
{
    public const int BlockSize = 128;

    /// <summary>So many sentinels follow the last document, so that a search by vectors needs no bound.</summary>
    private const int Sentinels = 8;

    private readonly int[] _docs = new int[BlockSize + Sentinels];
    private readonly int[] _freqs = new int[BlockSize];
    private PostingFile _file = null!;
    private TermPlace _place = null!;
    private TermField _field;
    private bool _hasFreqs;
    private int _block;
    private int _blockCount;
    private int _last;
    private int _at;
    private byte* _packedFreqs;
    private byte* _nextBlock;

    /// <summary>Where it stands; -1 before the first, <see cref="Posting.End"/> after the last.</summary>
    public int Doc { get; private set; }

    public int DocFreq => _place.DocFreq;

    /// <summary>Documents of the block, <see cref="Count"/> of them, ascending.</summary>
    public int[] Docs => _docs;

    public int Count { get; private set; }

    public void Bind(PostingFile file, TermPlace place, TermField field)
    {
        _file = file;
        _place = place;
        _field = field;
        _hasFreqs = field is TermField.Text or TermField.Title;
        _block = -1;
        _blockCount = (place.DocFreq + BlockSize - 1) / BlockSize;
        _last = -1;
        _at = -1;
        Count = 0;
        Doc = -1;
    }

    /// <summary>Stands before the first document again.</summary>
    public void Rewind() => Bind(_file, _place, _field);

    /// <summary>Moves to the next document.</summary>
    public int Next() => ++_at < Count ? Doc = _docs[_at] : NextBlock();

    /// <summary>Moves to the first document of the next block.</summary>
    public int NextBlock()
    {
        if (_block + 1 >= _blockCount)
            return Exhaust();
        Load(_block + 1, _block < 0 ? 0 : _last, _block < 0 ? (_place.DocFreq == 1 ? null : _file.At(_place.DocStart)) : _nextBlock);
        return Doc = _docs[0];
    }

    /// <summary>Moves to the first document at or after <paramref name="target"/>, which lies beyond <see cref="Doc"/>.</summary>
    public int Advance(int target)
    {
        if (target > _last && !Seek(target))
            return Exhaust();
        _at = FirstFrom(_at, target);
        return Doc = _docs[_at];
    }

    /// <summary>How often the term occurs in the current document.</summary>
    public int Freq()
    {
        if (_packedFreqs is null)
            return _freqs[_at];
        int bits = *_packedFreqs;
        var at = _packedFreqs + 1;
        return bits == 0 ? PostingFile.ReadVariable(ref at) : _file.Unpack(at, bits, _at);
    }

    /// <summary>How often it occurs in each document of the block.</summary>
    public int[] Freqs()
    {
        if (_packedFreqs is null)
            return _freqs;
        int bits = *_packedFreqs;
        var at = _packedFreqs + 1;
        if (bits == 0)
            _freqs.AsSpan().Fill(PostingFile.ReadVariable(ref at));
        else
            _file.Unpack(at, bits, 0, 0, _freqs);
        _packedFreqs = null;
        return _freqs;
    }

    /// <summary>
    /// For each document from <paramref name="first"/> to <paramref name="last"/> writes its frequency to the place that <paramref name="places"/> names. Ends beyond
    /// <paramref name="last"/>.
    /// </summary>
    public void Scatter(byte[] places, int first, int last, int[] into)
    {
        if (Doc < first)
            Advance(first);
        while (Doc <= last)
        {
            var end = _last <= last ? Count : FirstFrom(_at, last + 1);
            var docs = _docs;
            if (_hasFreqs)
            {
                var freqs = Freqs();
                for (var i = _at; i < end; i++)
                    into[places[docs[i] - first]] = freqs[i];
            }
            else
            {
                for (var i = _at; i < end; i++)
                    into[places[docs[i] - first]] = 1;
            }

            MoveTo(end);
        }
    }

    /// <summary>Moves to a place of the block, or to the next block if it is <see cref="Count"/>.</summary>
    public void MoveTo(int place)
    {
        if (place == Count)
            NextBlock();
        else
            Doc = _docs[_at = place];
    }

    /// <summary>Index of the first document of the block that is not below the target; <see cref="Count"/> if there is none.</summary>
    public int FirstFrom(int from, int target)
    {
        ref var docs = ref MemoryMarshal.GetArrayDataReference(_docs);
        var wanted = Vector256.Create(target);
        for (var at = from; ; at += Vector256<int>.Count)
        {
            var found = Vector256.GreaterThanOrEqual(Vector256.LoadUnsafe(ref docs, (nuint)at), wanted).ExtractMostSignificantBits();
            if (found != 0)
                return at + BitOperations.TrailingZeroCount(found);
        }
    }

    /// <summary>
    /// For each frequency the greatest norm, thus the shortest field, of the documents with it; -1 where there is none. Found out once for a term by a cursor that has not
    /// moved, which then stands before the first document again.
    /// </summary>
    public int[] BestNorms(byte[] norms)
    {
        if (_place.BestNorms is { } known)
            return known;
        int[] best = [-1, -1, -1, -1, -1, -1];
        while (NextBlock() != Posting.End)
        {
            var freqs = Freqs();
            for (var i = 0; i < Count; i++)
            {
                ref var norm = ref best[Math.Min(freqs[i], best.Length - 1)];
                norm = Math.Max(norm, norms[_docs[i]]);
            }
        }

        Bind(_file, _place, _field);
        return _place.BestNorms = best;
    }

    /// <summary>Index of the current document in its block.</summary>
    public int At => _at;

    private int Exhaust()
    {
        _block = _blockCount;
        _last = Posting.End;
        _at = 0;
        Count = 0;
        _docs.AsSpan(0, Sentinels).Fill(Posting.End);
        return Doc = Posting.End;
    }

    /// <summary>Loads the block that has the first document at or after a target beyond the current block.</summary>
    private bool Seek(int target)
    {
        var block = _block + 1;
        if (block >= _blockCount)
            return false;
        if (_blockCount == 1)
            return NextBlock() != Posting.End && target <= _last;
        var (lasts, starts) = _place.BlocksIn(_file, _field == TermField.Text);
        var step = 1;
        while (block < lasts.Length && lasts[block] < target)
        {
            block += step;
            step *= 2;
        }

        if (step > 2)
        {
            var from = block - (step / 2) + 1;
            var found = lasts.AsSpan(from, Math.Min(block, lasts.Length) - from).BinarySearch(target);
            block = from + (found < 0 ? ~found : found);
        }

        if (block == _block + 1)
            NextBlock();
        else
            Load(block, lasts[block - 1], _file.At(_place.DocStart + starts[block - 1]));
        return target <= _last;
    }

    private void Load(int block, int before, byte* at)
    {
        _block = block;
        _at = 0;
        Count = Math.Min(BlockSize, _place.DocFreq - (block * BlockSize));
        if (Count == BlockSize)
            LoadPacked(before, at);
        else if (_place.DocFreq == 1)
            LoadOnly();
        else
            LoadRest(before, at);
        _last = _docs[Count - 1];
        _docs.AsSpan(Count, Sentinels).Fill(Posting.End);
    }

    private void LoadPacked(int before, byte* at)
    {
        _file.Require(at, 2);
        int bits = *at++;
        _file.Require(at, 16 * bits);
        if (bits == 0)
        {
            var step = PostingFile.ReadVariable(ref at);
            for (var i = 0; i < BlockSize; i++)
                _docs[i] = before += step;
        }
        else
        {
            _file.Unpack(at, bits, before, -1, _docs);
            at += 16 * bits;
        }

        _nextBlock = at;
        if (!_hasFreqs)
        {
            _packedFreqs = null;
            return;
        }

        _packedFreqs = at;
        int freqBits = *at++;
        if (freqBits == 0)
            PostingFile.ReadVariable(ref at);
        else
            at += 16 * freqBits;
        _file.Require(at, 0);
        _nextBlock = at;
    }

    private void LoadOnly()
    {
        _packedFreqs = null;
        _docs[0] = _place.OnlyDoc;
        _freqs[0] = (int)_place.TotalFreq;
    }

    private void LoadRest(int before, byte* at)
    {
        _packedFreqs = null;
        for (var i = 0; i < Count; i++)
        {
            _file.Require(at, 1);
            var code = PostingFile.ReadVariable(ref at);
            _docs[i] = before += _hasFreqs ? code >>> 1 : code;
            _freqs[i] = !_hasFreqs || (code & 1) != 0 ? 1 : PostingFile.ReadVariable(ref at);
        }
    }
}
