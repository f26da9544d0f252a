using System.Buffers;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync;
using Datt.Paid.Tests.Protocol;

namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>Bytes of messages, taken from what the real writers write; only HTTP's headers are round figures.</summary>
internal static class MessageSizes
{
    /// <summary>Headers of a request, signature and range included.</summary>
    public const int Request = 420;

    /// <summary>Headers of an answer.</summary>
    public const int Answer = 220;

    /// <summary>A sign of life of a stream: a comment as a chunk.</summary>
    public const int SignOfLife = 3 + Chunk;

    private const int Chunk = 8;

    private static readonly int _head = Page(2) - Page(1);
    private static readonly int _page = Page(1) - _head;

    /// <summary>An answer with a manifest's difference to the version before.</summary>
    public static readonly int Difference = Answer + DifferenceBytes();

    /// <summary>An answer with a run of one record.</summary>
    public static readonly int Run = Answer + RunSamples.Write(new RunScope(0, 1, 1), [new RecordSamples(1).Record(1, 1, 1)]).Bytes.Length;

    /// <summary>Heads as one event of a stream.</summary>
    public static int Event(int heads) => "event: heads\ndata: \n\n".Length + _page + (heads * _head) + Chunk;

    /// <summary>Heads as pages.</summary>
    public static int Pages(int heads) => ((heads / HeadsWire.MaxHeads) + 1) * (Answer + _page) + (heads * _head);

    private static int Page(int heads)
    {
        var bytes = new ArrayBufferWriter<byte>();
        var head = new Head(new string('a', 52), 1, 123_456, Hash256.Of("a manifest"u8));
        HeadsWire.Write(bytes, Enumerable.Repeat(new HeadEntry(head, false), heads), null);
        return bytes.WrittenCount;
    }

    private static int DifferenceBytes()
    {
        using var key = ServerKey.Create();
        var runs = Enumerable.Range(1, 2).Select(i => new RunInfo(new RunId(Hash256.Of([(byte)i])), 400, 1, 0, i, i)).ToArray();
        var held = new Manifest
        {
            Origin = key.Id,
            Epoch = 1,
            Version = 123_456,
            Previous = Hash256.Of("before"u8),
            Runs = runs[..1],
            Live = 1,
            Retired = Retired.None.Hash,
            CreatedAt = 1_790_000_000_000,
        };
        return ManifestDifference.Between(ManifestCodec.Sign(held, key), ManifestCodec.Sign(held with { Version = 123_457, Runs = runs, Live = 2 }, key)).Encode().Length;
    }
}
