using System.Buffers;
using System.Text;
using System.Text.Json;
using Datt.Paid.Federation;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Server.Torrents;
using Datt.Paid.Sync;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>What other servers answer, and what BitTorrent clients ask.</summary>
internal static class SwarmTargets
{
    private static readonly UrlRules Rules = new(new OutboundSettings());

    public static IEnumerable<FuzzTarget> All(Samples samples) =>
    [
        new("heads", [Heads(samples), """{"feeds":[],"next":"a"}"""u8.ToArray()], Head),
        new("have", ["""{"ranges":[[0,3],[5,5],[7,1000]]}"""u8.ToArray(), """{"ranges":[]}"""u8.ToArray()], Have),
        new("proof", [Proof(samples)], LeafProof),
        new("server-list", ["""{"servers":[{"id":"a","url":"https://example.org"},{"url":"http://[2001:db8::1]:8080/x"}],"next":"c"}"""u8.ToArray()], Servers),
        new("address", ["https://example.org/base"u8.ToArray(), "http://8.8.8.8:8080"u8.ToArray(), "https://b\u00fccher.example"u8.ToArray()], bytes => Address(Encoding.UTF8.GetString(bytes))),
        new("tracker-query", ["?info_hash=%12%34%56%78%9a%bc%de%f1%23%45%67%89%ab%cd%ef%12%34%56%78%9a&port=6881&left=0&event=started&numwant=30"u8.ToArray()],
            bytes => AnnounceQuery.TryRead(Encoding.Latin1.GetString(bytes), out _, out _)),
    ];

    private static byte[] Heads(Samples samples)
    {
        var into = new ArrayBufferWriter<byte>();
        var head = samples.SignedManifests[0].Head;
        using var liar = ServerKey.Create();
        HeadsWire.Write(into, [new HeadEntry(head, false), new HeadEntry(new Head(liar.Id, 2, long.MaxValue, default), true)], "next");
        return into.WrittenSpan.ToArray();
    }

    private static bool Head(byte[] bytes)
    {
        if (!HeadsWire.TryRead(bytes, out var page))
            return false;
        Must.Hold(page.Heads.Count <= HeadsWire.MaxHeads, "a page has too many heads");
        var into = new ArrayBufferWriter<byte>();
        HeadsWire.Write(into, page.Heads.Select(h => new HeadEntry(h.Head, h.IsConflicted)), page.Next);
        Must.Hold(HeadsWire.TryRead(into.WrittenMemory, out var again) && again.Heads.SequenceEqual(page.Heads), "heads that were read cannot be passed on");
        // In which order heads come makes no difference, as long as none contradicts another.
        if (page.Heads.Select(h => h.Head.Origin).Distinct(StringComparer.Ordinal).Count() == page.Heads.Count)
            Must.Hold(Vector(page.Heads).Digest == Vector(page.Heads.Reverse()).Digest, "the digest depends on the order");
        return true;
    }

    private static HeadVector Vector(IEnumerable<HeadNews> heads)
    {
        var vector = new HeadVector();
        foreach (var (head, isConflicted) in heads)
        {
            if (isConflicted)
                vector.Accuse(head.Origin, head.Epoch);
            else
                vector.TryAdvance(head);
        }
        return vector;
    }

    private static bool Have(byte[] bytes)
    {
        if (OutboundFeedSource.ReadHave(bytes) is not { } ranges)
            return false;
        // Else few bytes could stand for endless work.
        Must.Hold(ranges.Zip(ranges.Skip(1)).All(pair => pair.First.Last < pair.Second.First), "ranges overlap");
        return true;
    }

    private static byte[] Proof(Samples samples) => JsonSerializer.SerializeToUtf8Bytes(new
    {
        leaf = samples.Leaves[^1],
        path = MerkleTree.Of(samples.Leaves.SelectMany(l => l).ToArray()).PathOf(samples.Leaves.Count - 1).Select(h => h.ToArray()),
    });

    private static bool LeafProof(byte[] bytes)
    {
        if (OutboundFeedSource.ReadProof(bytes) is not { } proof)
            return false;
        _ = MerkleTree.IsLeaf(default, proof.Leaf.Length, 0, proof.Leaf, proof.Path);
        return true;
    }

    private static bool Servers(byte[] bytes)
    {
        if (ServerList.TryRead(bytes) is not { } page)
            return false;
        Must.Hold(page.Servers.Count <= ServerList.MaxPage, "a page has too many servers");
        foreach (var server in page.Servers)
            Address(server.Url);
        return true;
    }

    private static bool Address(string text)
    {
        if (!ServerAddress.TryRead(text, Rules, out var address, out _))
            return false;
        Must.Hold(ServerAddress.TryRead(address.Key, Rules, out var again, out _) && again == address, "an address in its one form has another one");
        return true;
    }
}
