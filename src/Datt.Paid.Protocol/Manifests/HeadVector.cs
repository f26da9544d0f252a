using System.Buffers.Binary;
using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>The newest head of an origin, or that it cheated in this epoch.</summary>
/// <param name="Head">Where it stands. Of a conflicted one only origin and epoch count.</param>
/// <param name="IsConflicted">A proof is held that the origin cheated in this epoch.</param>
public readonly record struct HeadEntry(Head Head, bool IsConflicted);

/// <summary>
/// The newest head of every origin that a server shows, and one digest of all: two servers whose digests are equal have nothing to tell each other. The digest is the
/// SHA-256 over, for each origin in the order of its id: the id (52 ASCII), epoch and version (8 bytes each, big endian) and the manifest's hash (32). Of an origin that is proved
/// to have cheated in its epoch, version is 2^64-1 and the hash 32 zero bytes, so that servers with different proofs agree. Thread-safe.
/// </summary>
public sealed class HeadVector
{
    /// <summary>Most origins; heads of further ones are refused, so that nobody who invents servers displaces one that is known.</summary>
    public const int MaxOrigins = 100_001;

    private const int EntrySize = 52 + sizeof(long) + sizeof(long) + Hash256.Size;

    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, HeadEntry> _entries = new(StringComparer.Ordinal);
    private Hash256? _digest;

    /// <summary>Raised with the origin after each change.</summary>
    public event Action<string>? Changed;

    /// <summary>All entries, ordered by origin.</summary>
    public IReadOnlyList<HeadEntry> All
    {
        get
        {
            var all = _entries.Values.ToArray();
            Array.Sort(all, static (a, b) => string.CompareOrdinal(a.Head.Origin, b.Head.Origin));
            return all;
        }
    }

    /// <summary>How many origins.</summary>
    public int Count => _entries.Count;

    /// <summary>Made when it is asked for after a change, and kept.</summary>
    public Hash256 Digest
    {
        get
        {
            lock (_gate)
                return _digest ??= Compute();
        }
    }

    /// <summary>The entry of an origin.</summary>
    public bool TryGet(string origin, out HeadEntry entry) => _entries.TryGetValue(origin, out entry);

    /// <summary>Takes a head that is newer than what stands; false where it is not, or there are too many origins. A new epoch ends a conflict.</summary>
    public bool TryAdvance(Head head)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(head.Origin, out var held))
            {
                if (!head.IsNewerThan(held.Head) || (held.IsConflicted && head.Epoch == held.Head.Epoch))
                    return false;
            }
            else if (_entries.Count >= MaxOrigins)
            {
                return false;
            }
            _entries[head.Origin] = new HeadEntry(head, false);
            _digest = null;
        }
        Changed?.Invoke(head.Origin);
        return true;
    }

    /// <summary>A proof is held that an origin cheated in an epoch; false where that was known, or a newer epoch stands.</summary>
    public bool Accuse(string origin, long epoch)
    {
        lock (_gate)
        {
            if (_entries.TryGetValue(origin, out var held)
                ? held.Head.Epoch > epoch || (held.IsConflicted && held.Head.Epoch == epoch)
                : _entries.Count >= MaxOrigins)
                return false;
            _entries[origin] = new HeadEntry(new Head(origin, epoch, long.MaxValue, default), true);
            _digest = null;
        }
        Changed?.Invoke(origin);
        return true;
    }

    /// <summary>Forgets an origin.</summary>
    public void Remove(string origin)
    {
        lock (_gate)
        {
            if (!_entries.TryRemove(origin, out _))
                return;
            _digest = null;
        }
        Changed?.Invoke(origin);
    }

    private Hash256 Compute()
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        Span<byte> bytes = stackalloc byte[EntrySize];
        foreach (var (head, isConflicted) in All)
        {
            Encoding.ASCII.GetBytes(head.Origin, bytes);
            BinaryPrimitives.WriteInt64BigEndian(bytes[52..], head.Epoch);
            BinaryPrimitives.WriteUInt64BigEndian(bytes[60..], isConflicted ? ulong.MaxValue : (ulong)head.Version);
            (isConflicted ? default : head.Manifest).CopyTo(bytes[68..]);
            sha.AppendData(bytes);
        }
        return new Hash256(sha.GetHashAndReset());
    }
}
