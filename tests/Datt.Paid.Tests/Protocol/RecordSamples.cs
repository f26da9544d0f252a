using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Tests.Protocol;

/// <summary>Records made up from a seed, the same on every machine and runtime.</summary>
public sealed class RecordSamples(uint seed)
{
    private static readonly string[] Words =
        ["paris", "café", "über", "東京", "content", "network", "river", "of", "the", "a\tb", "line\nbreak", "😀", "garden", "1789", "O'Neill", "«quoted»"];

    private uint _state = seed * 2_654_435_761u + 1;

    public int Next(int below)
    {
        // xorshift32: System.Random's seeded sequence is not promised to stay.
        _state ^= _state << 13;
        _state ^= _state >> 17;
        _state ^= _state << 5;
        return (int)(_state % (uint)below);
    }

    public bool Chance(int oneIn) => Next(oneIn) == 0;

    public string Text(int words) => string.Join(' ', Enumerable.Range(0, 1 + Next(words)).Select(_ => Words[Next(Words.Length)]));

    public Description Description() => new()
    {
        Title = Text(8),
        Summary = Chance(4) ? "" : Text(60),
        Label = Chance(2) ? null : Text(2),
        Tags = [.. Enumerable.Range(0, Next(5)).Select(_ => Text(2))],
        Author = Chance(2) ? null : Text(3),
        Type = Chance(3) ? null : "text/markdown",
        Language = Chance(3) ? null : Chance(2) ? "en" : "pt-br",
        Size = Chance(3) ? null : (long)Next(int.MaxValue) * Next(4_000_000),
        PublishedAt = Chance(3) ? null : (Next(3_000) - 1_000) * 1_000_000_000L + Next(1_000),
        Url = Chance(3) ? null : $"https://example.org/{Next(1_000)}",
    };

    public ContentRecord Record(int nodes, int contents, long seq) => new(
        $"node-{Next(nodes)}", ContentId(Next(contents)), seq, 1_700_000_000_000 + seq, Chance(4) ? null : Description());

    public static string ContentId(int number) =>
        $"sha256:{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes($"content {number}")))}";

    public byte[] Bytes(int below)
    {
        var bytes = new byte[Next(below)];
        for (var i = 0; i < bytes.Length; i++)
            bytes[i] = (byte)Next(256);
        return bytes;
    }

    /// <summary>Records are compared by their bytes: descriptions hold lists, which compare by reference.</summary>
    public static string Hex(ContentRecord record) => Convert.ToHexStringLower(RecordCodec.Encode(record));
}
