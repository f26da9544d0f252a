using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.Benchmarks.Corpus;

/// <summary>
/// Records of about 300 bytes (title, summary, tags, label, author, type, date; the contentId comes on top) whose words follow a Zipf
/// curve, with a topic per record that makes some words appear together. Record <c>n</c> depends on seed and <c>n</c> alone.
/// </summary>
internal sealed class RecordGenerator
{
    private const int Words = 60_000;
    private const int Topics = 150;
    private const int TopicWords = 250;
    private const double ShareOfTopicWords = 0.4;

    private static readonly string[] Types = ["text/markdown", "text/markdown", "text/html", "text/plain"];
    private static readonly DateTimeOffset Newest = new(2026, 11, 1, 0, 0, 0, TimeSpan.Zero);

    private readonly ulong _seed;
    private readonly string[] _vocabulary;
    private readonly Zipf _general = new(Words, 1.1, 2);
    private readonly Zipf _withinTopic = new(TopicWords, 1, 2.5);
    private readonly Zipf _popularity = new(Topics, 1, 0.3);
    private readonly int[][] _topics = new int[Topics][];

    public RecordGenerator(ulong seed)
    {
        _seed = seed;
        _vocabulary = Vocabulary.Build(seed, Words);
        var random = new SplitMix(seed ^ 0x70_71_c5);
        for (var topic = 0; topic < Topics; topic++)
        {
            _topics[topic] = new int[TopicWords];
            for (var i = 0; i < TopicWords; i++)
                _topics[topic][i] = Vocabulary.CommonWords + random.Below(20_000);
        }
    }

    public CorpusRecord At(long number)
    {
        var random = new SplitMix(_seed + (ulong)number * 0xD1342543DE82EF95);
        random.Next();
        var topic = _topics[_popularity.Draw(ref random)];
        var title = Sentence(ref random, topic, random.Between(5, 10));
        var summary = Sentence(ref random, topic, random.Between(20, 38));
        var tags = new string[random.Between(1, 4)];
        for (var i = 0; i < tags.Length; i++)
            tags[i] = _vocabulary[topic[random.Below(40)]];
        return new CorpusRecord(
            Id(number),
            char.ToUpperInvariant(title[0]) + title[1..],
            summary + '.',
            tags,
            _vocabulary[topic[0]],
            _vocabulary[Vocabulary.CommonWords + random.Below(3_000)] + ' ' + _vocabulary[Vocabulary.CommonWords + random.Below(9_000)],
            Types[random.Below(Types.Length)],
            random.Between(200, 200_000),
            Newest.AddSeconds(-random.Below(5 * 365 * 86_400)));
    }

    /// <summary>Records <paramref name="from"/> to <paramref name="from"/> + <paramref name="count"/> - 1, one at a time.</summary>
    public IEnumerable<CorpusRecord> Range(long from, int count)
    {
        for (var number = from; number < from + count; number++)
            yield return At(number);
    }

    private string Sentence(ref SplitMix random, int[] topic, int words)
    {
        var text = new StringBuilder(words * 7);
        for (var i = 0; i < words; i++)
        {
            if (i > 0)
                text.Append(i % 11 == 0 ? ", " : " ");
            text.Append(_vocabulary[random.Fraction() < ShareOfTopicWords ? topic[_withinTopic.Draw(ref random)] : _general.Draw(ref random)]);
        }
        return text.ToString();
    }

    private string Id(long number)
    {
        Span<byte> input = stackalloc byte[16];
        BinaryPrimitives.WriteUInt64BigEndian(input, _seed);
        BinaryPrimitives.WriteInt64BigEndian(input[8..], number);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(input, hash);
        return "sha256:" + Convert.ToHexStringLower(hash);
    }
}
