using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Sync.Gossip;

/// <summary>
/// Whom a server holds head streams to. One is its successor on the ring of all ids (by SHA-256), so that while views agree heads reach everybody; the
/// others are those of the highest rendezvous hash with it, so that the graph is random, its diameter grows as the logarithm of the number of servers, and one that comes or
/// goes changes few links.
/// </summary>
public static class NeighbourChoice
{
    /// <summary>At most <paramref name="count"/> ids out of <paramref name="alive"/>; the same for the same arguments, whatever their order.</summary>
    public static IReadOnlyList<string> Of(string self, IReadOnlyCollection<string> alive, int count)
    {
        var others = alive.Where(id => id != self).Distinct(StringComparer.Ordinal).ToArray();
        if (others.Length <= count)
            return [.. others.Order(StringComparer.Ordinal)];
        var own = Place(self);
        var successor = others.MinBy(id => Distance(own, Place(id)))!;
        return [successor, .. others.Where(id => id != successor).OrderByDescending(id => Weight(self, id)).Take(count - 1)];
    }

    private static UInt128 Distance(UInt128 from, UInt128 to) => unchecked(to - from);

    private static UInt128 Place(string id) => First(id);

    private static UInt128 Weight(string self, string other) => First(self + " " + other);

    private static UInt128 First(string text)
    {
        Span<byte> hash = stackalloc byte[Hash256.Size];
        SHA256.HashData(Encoding.ASCII.GetBytes(text), hash);
        return System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(hash);
    }
}
