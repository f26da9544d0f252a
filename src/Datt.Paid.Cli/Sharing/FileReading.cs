using System.Security.Cryptography;
using Datt.Paid.Cli.Extraction;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Sharing;

/// <summary>What reading a file came to.</summary>
public enum ReadOutcome
{
    /// <summary>It has a hash and a description.</summary>
    Read,

    /// <summary>It is no text.</summary>
    Binary,

    /// <summary>It is gone or may not be read, or it changed each time it was read.</summary>
    Unreadable,
}

/// <summary>Reads a file once: all of it for its hash, its beginning for its description.</summary>
public sealed class FileReading(SharedFolder folder, string? label, TimeProvider time)
{
    /// <summary>Bytes that are looked at as text.</summary>
    public const int TextBytes = 1024 * 1024;

    private const int Attempts = 3;
    private readonly byte[] _text = new byte[TextBytes];
    private readonly byte[] _buffer = new byte[128 * 1024];

    /// <summary>
    /// The file as it is now, which may be later than <paramref name="found"/>. A file that changes while it is read is read again.
    /// </summary>
    public async Task<(ReadOutcome Outcome, SharedFile? File, ContentRecord? Record)> ReadAsync(FoundFile found, long maxBytes, CancellationToken ct)
    {
        for (var attempt = 0; attempt < Attempts; attempt++)
        {
            try
            {
                await using var stream = folder.TryOpen(found.RelativePath);
                if (stream is null)
                {
                    return (ReadOutcome.Unreadable, null, null);
                }

                var before = Stamp(stream);
                var (hash, size, text) = await HashAsync(stream, maxBytes, ct).ConfigureAwait(false);
                if (hash is null || size != before.Length || Stamp(stream) != before)
                {
                    continue;
                }

                if (TextDecoding.IsBinary(_text.AsSpan(0, text)))
                {
                    return (ReadOutcome.Binary, null, null);
                }

                var file = new SharedFile(found.RelativePath, size, before.ModifiedAt.Ticks, "sha256:" + Convert.ToHexStringLower(hash));
                return (ReadOutcome.Read, file, Describe(file, text, before.ModifiedAt));
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                return (ReadOutcome.Unreadable, null, null);
            }
        }

        return (ReadOutcome.Unreadable, null, null);
    }

    /// <summary>Length and time of an open file, by its handle.</summary>
    public static (long Length, DateTime ModifiedAt) Stamp(FileStream stream) =>
        (RandomAccess.GetLength(stream.SafeFileHandle), File.GetLastWriteTimeUtc(stream.SafeFileHandle));

    private async Task<(byte[]? Hash, long Size, int Text)> HashAsync(FileStream stream, long maxBytes, CancellationToken ct)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        long size = 0;
        var text = 0;
        while (await stream.ReadAsync(_buffer, ct).ConfigureAwait(false) is > 0 and var read)
        {
            sha.AppendData(_buffer, 0, read);
            var kept = Math.Min(read, TextBytes - text);
            _buffer.AsSpan(0, kept).CopyTo(_text.AsSpan(text));
            text += kept;
            size += read;
            if (size > maxBytes)
            {
                return (null, size, text);
            }
        }

        return (sha.GetHashAndReset(), size, text);
    }

    private ContentRecord Describe(SharedFile file, int text, DateTime modifiedAt)
    {
        var type = MediaType.Of(file.Path) ?? throw new ArgumentException($"{file.Path} is of no type that is shared.", nameof(file));
        var decoded = TextDecoding.Decode(_text.AsSpan(0, text), cut: file.Size > text);
        var facts = new FileFacts(file.Path, file.ContentId, file.Size, new DateTimeOffset(modifiedAt, TimeSpan.Zero), type.Name, label);
        return RecordDraft.Of(facts, type.Extract(decoded), time.GetUtcNow());
    }
}

/// <summary>A file as it was when it was hashed.</summary>
/// <param name="Path">Below the shared folder.</param>
/// <param name="Size">In bytes.</param>
/// <param name="ModifiedTicks">Last change, UTC ticks.</param>
/// <param name="ContentId">By its bytes.</param>
public sealed record SharedFile(string Path, long Size, long ModifiedTicks, string ContentId);
