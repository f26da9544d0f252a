using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Datt.Paid.BtcPayServer.Chain;

/// <summary>Well-formed regtest addresses that nobody has a key for: BIP 173, BIP 350 and Base58Check.</summary>
public static class RegtestAddress
{
    private const string Bech32 = "qpzry9x8gf2tvdw0s3jn54khce6mua7l";
    private const string Base58Letters = "123456789ABCDEFGHJKLMNPQRSTUVWXYZabcdefghijkmnopqrstuvwxyz";

    /// <summary>The address number <paramref name="index"/> of a wallet.</summary>
    public static string Create(AddressKind kind, string wallet, int index)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"{wallet}/{kind}/{index}")));
        while (kind == AddressKind.Taproot && !IsPoint(hash))
            hash = SHA256.HashData(hash);
        return kind switch
        {
            AddressKind.Segwit => Segwit(0, hash.AsSpan(0, 20), 1),
            AddressKind.Taproot => Segwit(1, hash, 0x2bc830a3),
            AddressKind.NestedSegwit => Base58Check(0xc4, hash.AsSpan(0, 20)),
            _ => Base58Check(0x6f, hash.AsSpan(0, 20)),
        };
    }

    /// <summary>Least output that nodes relay to such an address, in satoshi (3 sat/vB over output and input).</summary>
    public static long DustLimit(AddressKind kind) => kind switch
    {
        AddressKind.Segwit => 294,
        AddressKind.Taproot => 330,
        AddressKind.NestedSegwit => 540,
        _ => 546,
    };

    /// <summary>Base58 text of bytes, as BTCPay uses for its ids.</summary>
    public static string Base58(ReadOnlySpan<byte> bytes)
    {
        var number = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        var text = new StringBuilder();
        while (number > 0)
        {
            number = BigInteger.DivRem(number, 58, out var digit);
            text.Insert(0, Base58Letters[(int)digit]);
        }
        for (var i = 0; i < bytes.Length && bytes[i] == 0; i++)
            text.Insert(0, '1');
        return text.ToString();
    }

    /// <summary>Characters of Bech32 for bytes, without checksum.</summary>
    public static string Bech32Text(ReadOnlySpan<byte> bytes) => string.Concat(FiveBits(bytes).Select(value => Bech32[value]));

    /// <summary>Whether secp256k1 has a point with this x, as BIP 341 asks of a Taproot output.</summary>
    private static bool IsPoint(ReadOnlySpan<byte> bytes)
    {
        var p = (BigInteger.One << 256) - (BigInteger.One << 32) - 977;
        var x = new BigInteger(bytes, isUnsigned: true, isBigEndian: true);
        return x < p && BigInteger.ModPow((x * x * x) + 7, (p - 1) / 2, p).IsOne;
    }

    private static string Base58Check(byte version, ReadOnlySpan<byte> hash)
    {
        byte[] payload = [version, .. hash];
        return Base58([.. payload, .. SHA256.HashData(SHA256.HashData(payload)).AsSpan(0, 4)]);
    }

    private static string Segwit(int version, ReadOnlySpan<byte> program, uint constant)
    {
        const string prefix = "bcrt";
        List<int> values = [version, .. FiveBits(program)];
        IEnumerable<int> expanded = [.. prefix.Select(c => c >> 5), 0, .. prefix.Select(c => c & 31), .. values, 0, 0, 0, 0, 0, 0];
        var sum = Polymod(expanded) ^ constant;
        for (var i = 0; i < 6; i++)
            values.Add((int)(sum >> (5 * (5 - i))) & 31);
        return $"{prefix}1{string.Concat(values.Select(value => Bech32[value]))}";
    }

    private static uint Polymod(IEnumerable<int> values)
    {
        uint[] generator = [0x3b6a57b2, 0x26508e6d, 0x1ea119fa, 0x3d4233dd, 0x2a1462b3];
        uint sum = 1;
        foreach (var value in values)
        {
            var top = sum >> 25;
            sum = ((sum & 0x1ffffff) << 5) ^ (uint)value;
            for (var i = 0; i < 5; i++)
                sum ^= ((top >> i) & 1) == 1 ? generator[i] : 0;
        }
        return sum;
    }

    private static List<int> FiveBits(ReadOnlySpan<byte> bytes)
    {
        var values = new List<int>();
        int buffer = 0, bits = 0;
        foreach (var value in bytes)
        {
            buffer = ((buffer << 8) | value) & 0xffff;
            for (bits += 8; bits >= 5;)
            {
                bits -= 5;
                values.Add((buffer >> bits) & 31);
            }
        }
        if (bits > 0)
            values.Add((buffer << (5 - bits)) & 31);
        return values;
    }

    /// <summary>A txid made of a number.</summary>
    internal static string TransactionId(long number)
    {
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteInt64LittleEndian(bytes, number);
        return Convert.ToHexStringLower(SHA256.HashData(bytes));
    }
}
