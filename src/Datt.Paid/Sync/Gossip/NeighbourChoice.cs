using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Sync.Gossip;

/// <summary>
/// Whom a server holds head streams to. One is its successor on the ring of all ids, which are hashes and so lie anywhere on it: while views agree heads reach everybody. The
/// others are those of the highest rendezvous hash with it, so that the graph is random, its diameter grows as the logarithm of the number of servers, and one that comes or
/// goes changes only links to itself.
/// </summary>
public static class NeighbourChoice
{
    /// <summary>At most <paramref name="count"/> ids out of <paramref name="alive"/>; the same for the same arguments, whatever their order. A hash for each id.</summary>
    public static IReadOnlyList<string> Of(string self, IReadOnlyCollection<string> alive, int count)
    {
        var others = new HashSet<string>(alive, StringComparer.Ordinal);
        others.Remove(self);
        if (others.Count <= count)
            return [.. others.Order(StringComparer.Ordinal)];
        string? next = null, first = null;
        // The heaviest so far, ascending: nothing is sorted that is not kept.
        var heaviest = new SortedSet<(UInt128 Weight, string Id)>();
        foreach (var id in others)
        {
            if (first is null || string.CompareOrdinal(id, first) < 0)
                first = id;
            if (string.CompareOrdinal(id, self) > 0 && (next is null || string.CompareOrdinal(id, next) < 0))
                next = id;
            var weight = Weight(self, id);
            if (heaviest.Count == count && weight <= heaviest.Min.Weight)
                continue;
            heaviest.Add((weight, id));
            if (heaviest.Count > count)
                heaviest.Remove(heaviest.Min);
        }
        var successor = next ?? first!;
        return [successor, .. heaviest.Reverse().Select(h => h.Id).Where(id => id != successor).Take(count - 1)];
    }

    /// <summary>The first 128 bits of the SHA-256 of the two ids with a space between them.</summary>
    private static UInt128 Weight(string self, string other)
    {
        Span<byte> text = stackalloc byte[256];
        var length = Encoding.ASCII.GetBytes(self, text);
        text[length++] = (byte)' ';
        length += Encoding.ASCII.GetBytes(other, text[length..]);
        Span<byte> hash = stackalloc byte[Hash256.Size];
        SHA256.HashData(text[..length], hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
