using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;

namespace Datt.Paid.Catalog.Feed;

internal sealed partial class DiskFiles : FeedFiles
{
    public override FeedFile Create(string path) => new DiskFile(File.OpenHandle(path, FileMode.Create, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));

    public override FeedFile CreatePrivate(string path)
    {
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
            options.UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite;
        using (new FileStream(path, options))
        {
        }
        return Open(path);
    }

    public override FeedFile Open(string path) => new DiskFile(File.OpenHandle(path, FileMode.Open, FileAccess.Write, FileShare.ReadWrite | FileShare.Delete));

    public override void Move(string from, string to) => File.Move(from, to, overwrite: true);

    public override void Delete(string path) => File.Delete(path);

    /// <summary>Windows keeps names in a journal of its own; elsewhere a directory is synced like a file.</summary>
    public override void SyncDirectory(string path)
    {
        if (OperatingSystem.IsWindows())
            return;
        var descriptor = OpenDirectory(path, 0);
        if (descriptor < 0)
            throw Failure("open", path);
        try
        {
            if (SyncDescriptor(descriptor) != 0)
                throw Failure("sync", path);
        }
        finally
        {
            _ = CloseDescriptor(descriptor);
        }
    }

    private static IOException Failure(string what, string path)
    {
        var error = Marshal.GetLastPInvokeError();
        return new IOException($"Cannot {what} the directory {path}: {Marshal.GetPInvokeErrorMessage(error)}.", error);
    }

    [LibraryImport("libc", EntryPoint = "open", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int OpenDirectory(string path, int flags);

    [LibraryImport("libc", EntryPoint = "fsync", SetLastError = true)]
    private static partial int SyncDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int CloseDescriptor(int descriptor);

    private sealed class DiskFile(SafeFileHandle handle) : FeedFile
    {
        private long _length = RandomAccess.GetLength(handle);

        public override long Length => _length;

        public override void Write(ReadOnlySpan<byte> buffer)
        {
            RandomAccess.Write(handle, buffer, _length);
            _length += buffer.Length;
        }

        public override void SetLength(long value)
        {
            RandomAccess.SetLength(handle, value);
            _length = value;
        }

        public override void Sync() => RandomAccess.FlushToDisk(handle);

        protected override void Dispose(bool disposing)
        {
            handle.Dispose();
            base.Dispose(disposing);
        }
    }
}
