using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Datt.Paid.Protocol.Torrents;

namespace Datt.Paid.Server.Torrents;

/// <summary>
/// What a client sends to a tracker (BEP 3, BEP 23): a query string in which info-hashes are bytes, percent-encoded, and no text. An <c>ip</c> in it is not believed.
/// </summary>
/// <param name="Torrent">The torrent it is about.</param>
/// <param name="Port">Where the client listens.</param>
/// <param name="IsSeed">Nothing is left to load.</param>
/// <param name="IsStopped">The client leaves.</param>
/// <param name="Wanted">Peers that it asks for.</param>
public sealed record AnnounceQuery(InfoHash Torrent, int Port, bool IsSeed, bool IsStopped, int Wanted)
{
    private const int WantedByDefault = 50;

    /// <summary>Reads a query string with or without its question mark; where that cannot be, <paramref name="problem"/> tells the client why.</summary>
    public static bool TryRead(string? query, [NotNullWhen(true)] out AnnounceQuery? announce, [NotNullWhen(false)] out string? problem)
    {
        announce = null;
        problem = "info_hash must be 20 bytes, percent-encoded";
        if (Find(query, "info_hash") is not { } hash || !TryUnescape(hash, out var bytes) || bytes.Length != InfoHash.Size)
            return false;
        problem = "port must be 1 to 65535";
        if (!int.TryParse(Find(query, "port"), NumberStyles.None, CultureInfo.InvariantCulture, out var port) || port is < 1 or > 65_535)
            return false;
        problem = null;
        var wanted = int.TryParse(Find(query, "numwant"), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : WantedByDefault;
        announce = new AnnounceQuery(new InfoHash(bytes), port, Find(query, "left") == "0", Find(query, "event") == "stopped", wanted);
        return true;
    }

    /// <summary>The first value of a name.</summary>
    private static string? Find(string? query, string name)
    {
        foreach (var range in query.AsSpan().TrimStart('?').Split('&'))
        {
            var pair = query.AsSpan().TrimStart('?')[range];
            if (pair.Length > name.Length && pair[name.Length] == '=' && pair.StartsWith(name, StringComparison.Ordinal))
                return pair[(name.Length + 1)..].ToString();
        }
        return null;
    }

    private static bool TryUnescape(string text, out byte[] bytes)
    {
        bytes = [];
        var read = new List<byte>(InfoHash.Size);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '%')
            {
                if (i + 2 > text.Length - 1 || !byte.TryParse(text.AsSpan(i + 1, 2), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var value))
                    return false;
                read.Add(value);
                i += 2;
            }
            else if (char.IsAscii(text[i]))
                read.Add((byte)text[i]);
            else
                return false;
        }
        bytes = [.. read];
        return true;
    }
}
