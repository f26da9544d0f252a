using System.Globalization;
using System.Text;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>What is not even HTTP, or HTTP that stops in the middle: pipelined, cut off, contradicting itself.</summary>
internal static class WireGarbage
{
    private static readonly string[] Pieces =
    [
        "GET /api/v1/server HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /api/v1/search?q=paris HTTP/1.1\r\nHost: a\r\nAuthorization: Bearer x\r\n\r\n",
        "GET / HTTP/1.0\r\n\r\n",
        "GET /\r\n\r\n",
        "GET http://a/api/v1/server HTTP/1.1\r\nHost: a\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: a\r\n\r\n",
        "CONNECT a:1 HTTP/1.1\r\nHost: a\r\n\r\n",
        "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "GET /\u00ff\u00fe HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /a\0b HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /%00 HTTP/1.1\r\nHost: a\r\n\r\n",
        "GET /api/v1/server HTTP/1.1\r\n\r\n",
        "GET /api/v1/server HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n",
        "GET /api/v1/server HTTP/1.1\r\nHost: a\r\n folded: x\r\n\r\n",
        "GET /api/v1/server HTTP/1.1\r\nHost: a\r\nX: a\0b\r\n\r\n",
        "GET /api/v1/server HTTP/9.9\r\nHost: a\r\n\r\n",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n{}",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n{}\r\n0\r\n\r\n",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n{}",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: -1\r\n\r\n{}",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 99999999999999999999\r\n\r\n{}",
        "POST /api/v1/content/bulk?node=a HTTP/1.1\r\nHost: a\r\nContent-Type: application/x-ndjson\r\nContent-Length: 1000\r\n\r\n{\"contentId\":\"a\"",
        "PUT /api/v1/content/a?node=a HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nExpect: 100-continue\r\nContent-Length: 10\r\n\r\n{",
        "POST /api/v1/accounts HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n",
        "\u0016\u0003\u0001\u0002\u0000\u0001\u0000\u0001\u00fc\u0003\u0003",
        "\r\n\r\n\r\n",
    ];

    public static byte[] Next(Random random)
    {
        var text = new StringBuilder();
        for (var pieces = random.Next(1, 8); pieces > 0; pieces--)
        {
            var piece = Pieces[random.Next(Pieces.Length)];
            text.Append(random.Next(4) == 0 ? piece[..random.Next(piece.Length)] : piece);
            if (random.Next(20) == 0)
                text.Append(CultureInfo.InvariantCulture, $"GET /{new string('a', random.Next(1, 20_000))} HTTP/1.1\r\nHost: a\r\nX: {new string('b', random.Next(1, 40_000))}\r\n\r\n");
        }
        var bytes = Encoding.Latin1.GetBytes(text.ToString());
        for (var changes = bytes.Length == 0 ? 0 : random.Next(6); changes > 0; changes--)
            bytes[random.Next(bytes.Length)] = (byte)random.Next(256);
        return bytes;
    }

    /// <summary>Whether any of the answers in it is a fault of the server.</summary>
    public static bool HoldsFault(byte[] answers)
    {
        var text = Encoding.Latin1.GetString(answers);
        return text.Contains("HTTP/1.1 500", StringComparison.Ordinal) || text.Contains("HTTP/1.1 502", StringComparison.Ordinal);
    }
}
