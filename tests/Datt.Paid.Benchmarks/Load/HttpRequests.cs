using System.Net;
using System.Text;

namespace Datt.Paid.Benchmarks.Load;

/// <summary>The bytes of requests, built before the clock starts.</summary>
internal static class HttpRequests
{
    public static byte[][] Searches(IPEndPoint server, IEnumerable<string> queries, string? apiKey) =>
        [.. queries.Select(q => Get(server, "/api/v1/search?limit=10&q=" + Uri.EscapeDataString(q), apiKey))];

    public static byte[] Get(IPEndPoint server, string path, string? apiKey) =>
        Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: {server}\r\nAccept: application/json\r\n{Authorization(apiKey)}\r\n");

    public static byte[] Post(IPEndPoint server, string path, string apiKey, string mediaType, ReadOnlySpan<byte> body) =>
    [
        .. Encoding.ASCII.GetBytes(
            $"POST {path} HTTP/1.1\r\nHost: {server}\r\nContent-Type: {mediaType}\r\nContent-Length: {body.Length}\r\n{Authorization(apiKey)}\r\n"),
        .. body,
    ];

    private static string Authorization(string? apiKey) => apiKey is null ? "" : $"Authorization: Bearer {apiKey}\r\n";
}
