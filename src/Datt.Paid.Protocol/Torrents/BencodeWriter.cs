using System.Buffers;
using System.Globalization;
using System.Text;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>
/// Writes bencoding (BEP 3). Of one content there is one form, because hashes are made over it: keys of a dictionary come in the order of their bytes, each
/// once; whatever breaks that throws <see cref="InvalidOperationException"/>.
/// </summary>
public sealed class BencodeWriter
{
    private readonly ArrayBufferWriter<byte> _output = new();
    private readonly Stack<Level> _open = new();

    /// <summary>What was written; everything that was begun must have ended.</summary>
    public byte[] ToArray() => _open.Count == 0
        ? _output.WrittenSpan.ToArray()
        : throw new InvalidOperationException("A dictionary or list was begun and not ended.");

    public void Integer(long value)
    {
        Value();
        Ascii(string.Create(CultureInfo.InvariantCulture, $"i{value}e"));
    }

    /// <summary>A string of the text's UTF-8 bytes.</summary>
    public void Text(string text) => Bytes(Encoding.UTF8.GetBytes(text));

    public void Bytes(ReadOnlySpan<byte> bytes)
    {
        Value();
        String(bytes);
    }

    /// <summary>One value that is bencoded already.</summary>
    public void Raw(ReadOnlySpan<byte> bencoded)
    {
        Value();
        _output.Write(bencoded);
    }

    public void BeginList()
    {
        Value();
        _output.Write("l"u8);
        _open.Push(new Level(isDictionary: false));
    }

    public void BeginDictionary()
    {
        Value();
        _output.Write("d"u8);
        _open.Push(new Level(isDictionary: true));
    }

    public void Key(string key) => Key(Encoding.UTF8.GetBytes(key));

    /// <summary>The key that the next value is of.</summary>
    public void Key(ReadOnlySpan<byte> key)
    {
        if (!_open.TryPeek(out var level) || !level.IsDictionary || level.AwaitsValue)
            throw new InvalidOperationException("A key stands in a dictionary, and a value follows it.");
        if (level.LastKey is { } last && last.AsSpan().SequenceCompareTo(key) >= 0)
            throw new InvalidOperationException($"The key '{Encoding.UTF8.GetString(key)}' comes after one that it must come before.");
        level.LastKey = key.ToArray();
        level.AwaitsValue = true;
        String(key);
    }

    /// <summary>Ends what was begun last.</summary>
    public void End()
    {
        if (!_open.TryPop(out var level) || level.AwaitsValue)
            throw new InvalidOperationException("There is nothing to end, or a key without a value.");
        _output.Write("e"u8);
    }

    private void Value()
    {
        if (!_open.TryPeek(out var level))
        {
            if (_output.WrittenCount > 0)
                throw new InvalidOperationException("A second value outside of any list.");
            return;
        }
        if (level.IsDictionary && !level.AwaitsValue)
            throw new InvalidOperationException("A value in a dictionary has a key.");
        level.AwaitsValue = false;
    }

    private void String(ReadOnlySpan<byte> bytes)
    {
        Ascii(string.Create(CultureInfo.InvariantCulture, $"{bytes.Length}:"));
        _output.Write(bytes);
    }

    private void Ascii(string text) => Encoding.ASCII.GetBytes(text, _output);

    private sealed class Level(bool isDictionary)
    {
        public bool IsDictionary { get; } = isDictionary;

        public byte[]? LastKey { get; set; }

        public bool AwaitsValue { get; set; }
    }
}
