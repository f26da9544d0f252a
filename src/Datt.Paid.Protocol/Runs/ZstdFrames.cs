using ZstdSharp;
using ZstdSharp.Unsafe;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Takes one zstd frame (RFC 8878) apart into a buffer of exactly the size it must have. For one thread.</summary>
internal sealed class ZstdFrames : IDisposable
{
    private readonly Decompressor _decompressor = new();

    /// <summary>False unless <paramref name="frame"/> is one whole frame that says and has the length of <paramref name="into"/>.</summary>
    public unsafe bool TryDecompress(ReadOnlySpan<byte> frame, Span<byte> into)
    {
        if (frame.IsEmpty)
            return false;
        fixed (byte* start = frame)
        {
            // Checked before any work: a frame that claims another size, or is followed by a second one, is not unpacked at all.
            if (Methods.ZSTD_getFrameContentSize(start, (nuint)frame.Length) != (ulong)into.Length
                || Methods.ZSTD_findFrameCompressedSize(start, (nuint)frame.Length) != (nuint)frame.Length)
                return false;
        }

        try
        {
            return _decompressor.Unwrap(frame, into) == into.Length;
        }
        catch (ZstdException)
        {
            return false;
        }
    }

    public void Dispose() => _decompressor.Dispose();
}
