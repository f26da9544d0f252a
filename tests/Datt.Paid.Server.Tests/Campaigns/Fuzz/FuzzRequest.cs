using System.Globalization;
using System.Text;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>A request as it goes over the wire, so that everything in it can be wrong.</summary>
/// <param name="Method">Method of the request line.</param>
/// <param name="Target">Path and query, percent-encoded.</param>
/// <param name="Headers">All but Host, Content-Length and Transfer-Encoding.</param>
/// <param name="Body">Null for none.</param>
/// <param name="Chunked">Whether the body goes in chunks.</param>
internal sealed record FuzzRequest(string Method, string Target, List<(string Name, string Value)> Headers, byte[]? Body = null, bool Chunked = false)
{
    private const int MostShown = 2000;

    /// <summary>The only answers that are right, where that is known; empty for any that the contract allows.</summary>
    public int[] Expected { get; init; } = [];

    public byte[] Bytes(string host)
    {
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"{Method} {Target} HTTP/1.1\r\nHost: {host}\r\n");
        foreach (var (name, value) in Headers)
            text.Append(CultureInfo.InvariantCulture, $"{name}: {value}\r\n");
        if (Body is not null)
            text.Append(Chunked ? "Transfer-Encoding: chunked\r\n" : string.Create(CultureInfo.InvariantCulture, $"Content-Length: {Body.Length}\r\n"));
        text.Append("\r\n");
        var bytes = new MemoryStream();
        bytes.Write(Encoding.Latin1.GetBytes(text.ToString()));
        if (Body is not null && Chunked)
            WriteChunks(bytes, Body);
        else if (Body is not null)
            bytes.Write(Body);
        return bytes.ToArray();
    }

    public override string ToString()
    {
        var body = Body is null ? "" : Encoding.Latin1.GetString(Body.AsSpan(0, Math.Min(Body.Length, MostShown)));
        return $"{Method} {Target}\n{string.Join('\n', Headers.Select(h => $"{h.Name}: {h.Value}"))}\n{Body?.Length} bytes: {body}";
    }

    private static void WriteChunks(MemoryStream into, ReadOnlySpan<byte> body)
    {
        for (var size = 1; body.Length > 0; size = Math.Min(size * 3, 10_000))
        {
            var chunk = body[..Math.Min(size, body.Length)];
            into.Write(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{chunk.Length:x}\r\n")));
            into.Write(chunk);
            into.Write("\r\n"u8);
            body = body[chunk.Length..];
        }
        into.Write("0\r\n\r\n"u8);
    }
}
