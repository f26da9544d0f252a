using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Sync.Gossip;

/// <summary>
/// Whom a server holds head streams to. One is its successor on the ring of all ids (by SHA-256), so that while views agree heads reach everybody; the
/// others are those of the highest rendezvous hash with it, so that the graph is random, its diameter grows as the logarithm of the number of servers, and one that comes or
/// goes changes only links to itself.
/// </summary>
public static class NeighbourChoice
{
    /// <summary>At most <paramref name="count"/> ids out of <paramref name="alive"/>; the same for the same arguments, whatever their order.</summary>
    public static IReadOnlyList<string> Of(string self, IReadOnlyCollection<string> alive, int count)
    {
        var others = new HashSet<string>(alive, StringComparer.Ordinal);
        others.Remove(self);
        if (others.Count <= count)
            return [.. others.Order(StringComparer.Ordinal)];
        var place = First(self, "");
        string? successor = null;
        var nearest = UInt128.MaxValue;
        // The heaviest so far, ascending. This runs over all servers again and again, so nothing is sorted that is not kept.
        var heaviest = new SortedSet<(UInt128 Weight, string Id)>();
        foreach (var id in others)
        {
            var distance = unchecked(First(id, "") - place);
            if (successor is null || distance < nearest)
                (successor, nearest) = (id, distance);
            var weight = First(self, id);
            if (heaviest.Count == count && weight <= heaviest.Min.Weight)
                continue;
            heaviest.Add((weight, id));
            if (heaviest.Count > count)
                heaviest.Remove(heaviest.Min);
        }
        return [successor!, .. heaviest.Reverse().Select(h => h.Id).Where(id => id != successor).Take(count - 1)];
    }

    /// <summary>The first 128 bits of the SHA-256 of an id, or of two with a space between them.</summary>
    private static UInt128 First(string one, string other)
    {
        Span<byte> text = stackalloc byte[256];
        var length = Encoding.ASCII.GetBytes(one, text);
        if (other.Length > 0)
        {
            text[length++] = (byte)' ';
            length += Encoding.ASCII.GetBytes(other, text[length..]);
        }
        Span<byte> hash = stackalloc byte[Hash256.Size];
        SHA256.HashData(text[..length], hash);
        return BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
