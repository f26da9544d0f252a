using System.Globalization;
using System.Text;

namespace Datt.Paid.Tests.Torrents;

/// <summary>
/// Reads bencoding (BEP 3) as strictly as clients do: no number but in its shortest form, keys in order and each once, nothing behind the end. Strings are byte arrays,
/// numbers <see cref="long"/>, lists <see cref="List{T}"/>, dictionaries are by the Latin-1 text of their keys.
/// </summary>
public sealed class Bencoded
{
    private const int MaxDepth = 16;

    private readonly byte[] _bytes;
    private int _at;

    private Bencoded(byte[] bytes) => _bytes = bytes;

    /// <exception cref="FormatException">It is not bencoded.</exception>
    public static object Read(byte[] bytes)
    {
        var reader = new Bencoded(bytes);
        var value = reader.Value(0);
        return reader._at == bytes.Length ? value : throw new FormatException($"{bytes.Length - reader._at} bytes stand behind the end.");
    }

    public static IReadOnlyDictionary<string, object> Dictionary(byte[] bytes) => (IReadOnlyDictionary<string, object>)Read(bytes);

    public static IReadOnlyDictionary<string, object> Dictionary(object value) => (IReadOnlyDictionary<string, object>)value;

    public static string Text(object value) => Encoding.UTF8.GetString((byte[])value);

    private object Value(int depth)
    {
        if (depth > MaxDepth)
            throw new FormatException("Too deep.");
        switch (Peek())
        {
            case 'i':
                _at++;
                return Number('e');
            case 'l':
                _at++;
                var list = new List<object>();
                while (Peek() != 'e')
                    list.Add(Value(depth + 1));
                _at++;
                return list;
            case 'd':
                _at++;
                var dictionary = new Dictionary<string, object>(StringComparer.Ordinal);
                for (string? before = null; Peek() != 'e';)
                {
                    var key = Encoding.Latin1.GetString(String());
                    if (before is not null && string.CompareOrdinal(before, key) >= 0)
                        throw new FormatException($"The key '{key}' comes after '{before}'.");
                    dictionary[before = key] = Value(depth + 1);
                }
                _at++;
                return dictionary;
            default:
                return String();
        }
    }

    private char Peek() => _at < _bytes.Length ? (char)_bytes[_at] : throw new FormatException("It ends too early.");

    private byte[] String()
    {
        var length = Number(':');
        if (length < 0 || length > _bytes.Length - _at)
            throw new FormatException($"A string of {length} bytes does not fit.");
        _at += (int)length;
        return _bytes[(_at - (int)length).._at];
    }

    private long Number(char end)
    {
        var stop = Array.IndexOf(_bytes, (byte)end, _at);
        if (stop < 0 || !long.TryParse(Encoding.ASCII.GetString(_bytes, _at, stop - _at), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number)
            || Encoding.ASCII.GetString(_bytes, _at, stop - _at) != number.ToString(CultureInfo.InvariantCulture))
            throw new FormatException($"No number at {_at}.");
        _at = stop + 1;
        return number;
    }
}
