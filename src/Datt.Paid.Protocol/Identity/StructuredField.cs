using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Datt.Paid.Protocol.Identity;

/// <summary>
/// What signatures of requests need of structured fields (RFC 9651): dictionaries of inner lists of strings and of byte sequences, with
/// parameters that are strings or integers. Everything else is refused. Reads once from left to right; a field has a greatest length.
/// </summary>
internal ref struct StructuredField(ReadOnlySpan<char> text)
{
    /// <summary>Longest field read, in characters.</summary>
    public const int MaxLength = 4_096;

    /// <summary>Most members of a dictionary, entries of an inner list, parameters of one thing.</summary>
    public const int MaxCount = 16;

    private const string Lower = "abcdefghijklmnopqrstuvwxyz";
    private const string KeyCharacters = Lower + "0123456789_-.*";

    private ReadOnlySpan<char> _rest = text.Length <= MaxLength ? text.Trim(' ') : "\0";

    /// <summary>Whether all was read.</summary>
    public readonly bool AtEnd => _rest.IsEmpty;

    /// <summary>Reads one character where it comes next.</summary>
    public bool Take(char expected)
    {
        if (_rest.IsEmpty || _rest[0] != expected)
            return false;
        _rest = _rest[1..];
        return true;
    }

    public void SkipSpaces() => _rest = _rest.TrimStart(' ');

    /// <summary>Between two members of a dictionary; false at the end and where something else stands.</summary>
    public bool NextMember()
    {
        _rest = _rest.TrimStart(" \t");
        if (!Take(','))
            return false;
        _rest = _rest.TrimStart(" \t");
        return !_rest.IsEmpty;
    }

    public bool Key(out string key)
    {
        var end = _rest.IndexOfAnyExcept(KeyCharacters);
        var length = end < 0 ? _rest.Length : end;
        key = _rest[..length].ToString();
        if (length == 0 || !(Lower.Contains(key[0], StringComparison.Ordinal) || key[0] == '*'))
            return false;
        _rest = _rest[length..];
        return true;
    }

    public bool Text(out string value)
    {
        value = "";
        if (!Take('"'))
            return false;
        var read = new StringBuilder();
        while (!_rest.IsEmpty)
        {
            var c = _rest[0];
            _rest = _rest[1..];
            if (c == '"')
            {
                value = read.ToString();
                return true;
            }

            if (c == '\\')
            {
                if (_rest.IsEmpty || _rest[0] is not ('"' or '\\'))
                    return false;
                c = _rest[0];
                _rest = _rest[1..];
            }
            else if (c is < ' ' or > '~')
            {
                return false;
            }

            read.Append(c);
        }

        return false;
    }

    /// <summary>At most 15 digits.</summary>
    public bool Integer(out long value)
    {
        var length = _rest.StartsWith('-') ? 1 : 0;
        var first = length;
        while (length < _rest.Length && char.IsAsciiDigit(_rest[length]))
            length++;
        value = 0;
        // A full stop would begin a decimal, which nothing here has.
        if (length == first || length - first > 15 || (length < _rest.Length && _rest[length] == '.')
            || !long.TryParse(_rest[..length], NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out value))
            return false;
        _rest = _rest[length..];
        return true;
    }

    public bool Bytes(out byte[] value)
    {
        value = [];
        if (!Take(':'))
            return false;
        var end = _rest.IndexOf(':');
        if (end < 0 || !Base64.IsValid(_rest[..end]) || _rest[..end].ContainsAny(" \t\r\n"))
            return false;
        value = Convert.FromBase64String(_rest[..end].ToString());
        _rest = _rest[(end + 1)..];
        return true;
    }

    /// <summary>An inner list of strings without parameters of their own.</summary>
    public bool InnerList(out List<string> entries)
    {
        entries = [];
        if (!Take('('))
            return false;
        while (true)
        {
            SkipSpaces();
            if (Take(')'))
                return true;
            if (entries.Count == MaxCount || !Text(out var entry) || _rest is not [' ' or ')', ..])
                return false;
            entries.Add(entry);
        }
    }

    /// <summary>Parameters that are strings (<see cref="string"/>) or integers (<see cref="long"/>), each name once.</summary>
    public bool Parameters(out List<KeyValuePair<string, object>> parameters)
    {
        parameters = [];
        while (Take(';'))
        {
            SkipSpaces();
            if (parameters.Count == MaxCount || !Key(out var key) || parameters.Exists(p => p.Key == key) || !Take('='))
                return false;
            object value;
            if (_rest is ['"', ..])
            {
                if (!Text(out var text))
                    return false;
                value = text;
            }
            else
            {
                if (!Integer(out var number))
                    return false;
                value = number;
            }

            parameters.Add(KeyValuePair.Create(key, value));
        }

        return true;
    }

    /// <summary>The text of a string as RFC 9651 section 4.1.6 writes it.</summary>
    public static string Quote(string value) => "\"" + value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal) + "\"";
}
