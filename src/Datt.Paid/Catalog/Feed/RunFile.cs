using Datt.Paid.Protocol.Runs;
using Microsoft.Win32.SafeHandles;

namespace Datt.Paid.Catalog.Feed;

/// <summary>The bytes of a run in a file.</summary>
internal sealed class RunFile(string path) : IRunBytes, IDisposable
{
    private readonly SafeFileHandle _handle = File.OpenHandle(path);

    public long Length => RandomAccess.GetLength(_handle);

    public void Read(long offset, Span<byte> into)
    {
        while (into.Length > 0)
        {
            var read = RandomAccess.Read(_handle, into, offset);
            if (read == 0)
                throw new EndOfStreamException($"{path} ends before byte {offset + into.Length}.");
            into = into[read..];
            offset += read;
        }
    }

    public void Dispose() => _handle.Dispose();
}
