using System.Buffers.Binary;

namespace Datt.Paid.Fuzz;

/// <summary>Makes wrong inputs out of right ones: the changes that general fuzzers found to pay, without their feedback.</summary>
public sealed class ByteMutator(IReadOnlyList<byte[]> seeds)
{
    private const int MostRandomBytes = 300;

    /// <summary>Heads of CBOR items and zstd frames, ends of integers, pieces of JSON.</summary>
    private static readonly byte[][] Tokens =
    [
        [0x00], [0xff], [0x7f], [0x80], [0x18, 0x17], [0x19, 0x00, 0x01], [0x1b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x1b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        [0x3b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x5a, 0x7f, 0xff, 0xff, 0xff], [0x5b, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x5f], [0x7b, 0, 0, 0, 1, 0, 0, 0, 0],
        [0x9a, 0xff, 0xff, 0xff, 0xff], [0x9b, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], [0x9f], [0xa0], [0xbf], [0xc0], [0xf6], [0xf7], [0xf9, 0x7e, 0x00], [0xfb, 0x7f, 0xf0, 0, 0, 0, 0, 0, 0],
        [0x28, 0xb5, 0x2f, 0xfd], [0xed, 0xa0, 0x80], [0xc0, 0xaf], [0xef, 0xbb, 0xbf], [0xf4, 0x90, 0x80, 0x80],
        "null"u8.ToArray(), "\"\\ud800\""u8.ToArray(), "1e999"u8.ToArray(), "[[[["u8.ToArray(), "{\"a\":"u8.ToArray(), ",,"u8.ToArray(), "99999999999999999999"u8.ToArray(), "9999-12-31T23:59:59+23:59"u8.ToArray(),
    ];

    public byte[] Next(Random random)
    {
        if (random.Next(20) == 0)
        {
            var noise = new byte[random.Next(MostRandomBytes)];
            random.NextBytes(noise);
            return noise;
        }
        var bytes = seeds[random.Next(seeds.Count)].ToList();
        for (var changes = 1 + (random.Next(3) == 0 ? random.Next(8) : 0); changes > 0; changes--)
            Change(bytes, random);
        return [.. bytes];
    }

    private void Change(List<byte> bytes, Random random)
    {
        var at = random.Next(bytes.Count + 1);
        var rest = bytes.Count - at;
        switch (random.Next(10))
        {
            case 0 when rest > 0:
                bytes[at] ^= (byte)(1 << random.Next(8));
                break;
            case 1 when rest > 0:
                bytes[at] = (byte)random.Next(256);
                break;
            case 2 when rest > 0:
                bytes[at] += (byte)(random.Next(2) == 0 ? 1 : 255);
                break;
            case 3:
                bytes.RemoveRange(at, rest);
                break;
            case 4:
                bytes.RemoveRange(at, Math.Min(rest, random.Next(1, 9)));
                break;
            case 5:
                bytes.InsertRange(at, Tokens[random.Next(Tokens.Length)]);
                break;
            case 6:
                var token = Tokens[random.Next(Tokens.Length)];
                bytes.RemoveRange(at, Math.Min(rest, token.Length));
                bytes.InsertRange(at, token);
                break;
            case 7:
                bytes.InsertRange(random.Next(bytes.Count + 1), bytes.GetRange(at, Math.Min(rest, random.Next(1, 500))));
                break;
            case 8 when rest >= 4:
                var number = new byte[4];
                BinaryPrimitives.WriteInt32LittleEndian(number, ((int[])[0, 1, -1, int.MaxValue, int.MinValue, bytes.Count, 65_536])[random.Next(7)]);
                bytes.RemoveRange(at, 4);
                bytes.InsertRange(at, number);
                break;
            default:
                var other = seeds[random.Next(seeds.Count)];
                var from = random.Next(other.Length + 1);
                bytes.RemoveRange(at, rest);
                bytes.AddRange(other.AsSpan(from));
                break;
        }
    }
}
