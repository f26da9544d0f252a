namespace Datt.Paid.Catalog.Table;

/// <summary>
/// A growing array that never moves what is in it, so readers may keep reading while one writer adds. Freed places are used again.
/// </summary>
internal sealed class Chunked<T>
    where T : struct
{
    private const int ChunkBits = 13;
    private const int ChunkSize = 1 << ChunkBits;
    private T[][] _chunks = [];
    private readonly Stack<int> _free = new();

    /// <summary>Places ever used; each index below is readable.</summary>
    public int Length { get; private set; }

    public ref T this[int index] => ref Volatile.Read(ref _chunks)[index >> ChunkBits][index & (ChunkSize - 1)];

    public int Add()
    {
        if (_free.TryPop(out var freed))
            return freed;
        if (Length == _chunks.Length * ChunkSize)
            Volatile.Write(ref _chunks, [.. _chunks, new T[ChunkSize]]);
        return Length++;
    }

    /// <summary>Gives a place back; its value stays readable, though meaningless.</summary>
    public void Free(int index) => _free.Push(index);
}
