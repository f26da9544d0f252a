using ZstdSharp.Unsafe;

namespace Datt.Paid.Catalog.Descriptions;

/// <summary>A trained dictionary, digested once for all threads. An empty one compresses without.</summary>
internal sealed unsafe class ZstdDictionary : IDisposable
{
    private const int Level = 1;

    /// <summary>More makes each decode touch more memory and gains little.</summary>
    private const int MaxBytes = 64 << 10;

    private readonly ZSTD_DDict_s* _decoding;
    private ZSTD_CDict_s* _encoding;
    private bool _disposed;

    public ZstdDictionary(byte[] bytes)
    {
        Bytes = bytes;
        fixed (byte* content = bytes)
            _decoding = Methods.ZSTD_createDDict(content, (nuint)bytes.Length);
        if (_decoding is null)
            throw new InvalidOperationException("A zstd dictionary cannot be digested.");
    }

    ~ZstdDictionary() => Free();

    public byte[] Bytes { get; }

    /// <summary>Trains on samples of a segment; empty where there are too few to learn from.</summary>
    public static ZstdDictionary Train(IEnumerable<byte[]> samples)
    {
        try
        {
            return new(ZstdSharp.DictBuilder.TrainFromBuffer(samples, MaxBytes));
        }
        catch (ZstdSharp.ZstdException)
        {
            return new([]);
        }
    }

    /// <summary>Compresses into a buffer and returns the length, or 0 where the result does not fit.</summary>
    public int Compress(ZSTD_CCtx_s* context, ReadOnlySpan<byte> data, Span<byte> into)
    {
        if (_encoding is null)
        {
            fixed (byte* content = Bytes)
                _encoding = Methods.ZSTD_createCDict(content, (nuint)Bytes.Length, Level);
        }

        var parameters = new ZSTD_frameParameters { contentSizeFlag = 0, checksumFlag = 0, noDictIDFlag = 1 };
        fixed (byte* source = data)
        fixed (byte* target = into)
        {
            var length = Methods.ZSTD_compress_usingCDict_advanced(
                context, target, (nuint)into.Length, source, (nuint)data.Length, _encoding, parameters);
            return Methods.ZSTD_isError(length) ? 0 : (int)length;
        }
    }

    /// <exception cref="InvalidDataException">The data is damaged.</exception>
    public void Decompress(ReadOnlySpan<byte> data, Span<byte> into)
    {
        fixed (byte* source = data)
        fixed (byte* target = into)
        {
            var length = Methods.ZSTD_decompress_usingDDict(
                ZstdDecoder.OfThread.Context, target, (nuint)into.Length, source, (nuint)data.Length, _decoding);
            if (Methods.ZSTD_isError(length) || length != (nuint)into.Length)
                throw new InvalidDataException("A description in the catalog does not decompress. Delete the catalog folder of the data directory: it is built anew from the feed.");
        }
    }

    public void Dispose()
    {
        Free();
        GC.SuppressFinalize(this);
    }

    private void Free()
    {
        if (_disposed)
            return;
        _disposed = true;
        Methods.ZSTD_freeDDict(_decoding);
        if (_encoding is not null)
            Methods.ZSTD_freeCDict(_encoding);
    }
}

/// <summary>The decompression context of a thread, freed with it.</summary>
internal sealed unsafe class ZstdDecoder
{
    [ThreadStatic]
    private static ZstdDecoder? _ofThread;

    private ZstdDecoder() => Context = Methods.ZSTD_createDCtx();

    ~ZstdDecoder() => Methods.ZSTD_freeDCtx(Context);

    public static ZstdDecoder OfThread => _ofThread ??= new();

    public ZSTD_DCtx_s* Context { get; }

    /// <summary>Room to decompress into.</summary>
    public byte[] Scratch { get; } = new byte[64 << 10];
}
