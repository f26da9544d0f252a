using System.Buffers;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using Datt.Paid.Benchmarks.Corpus;
using Datt.Paid.Benchmarks.Load;

namespace Datt.Paid.Benchmarks.Servers;

/// <summary>
/// Announces generated records in bulk over several connections, a node each. The last record of each connection has a word of its own in
/// its title, so that a search shows when everything before it is searchable.
/// </summary>
internal sealed class BulkAnnounce
{
    private const int Connections = 4;
    private const int LinesPerRequest = 2_000;

    private readonly List<ReadOnlyMemory<byte>>[] _bodies = [.. Enumerable.Range(0, Connections).Select(_ => new List<ReadOnlyMemory<byte>>())];

    /// <summary>Prepares all bodies, so that the clock measures the server.</summary>
    public BulkAnnounce(RecordGenerator records, int count)
    {
        Count = count;
        var perConnection = (count + Connections - 1) / Connections;
        Parallel.For(0, Connections, connection =>
        {
            var end = Math.Min(count, (connection + 1) * perConnection);
            for (var at = connection * perConnection; at < end; at += LinesPerRequest)
            {
                var last = Math.Min(end, at + LinesPerRequest);
                _bodies[connection].Add(Body(records.Range(at, last - at), last == end ? Marker(connection) : null));
            }
        });
    }

    public int Count { get; }

    /// <summary>Bytes of all bodies together.</summary>
    public long Bytes => _bodies.Sum(connection => connection.Sum(body => (long)body.Length));

    /// <summary>Announces everything and waits until it is found.</summary>
    /// <returns>Seconds until the last acknowledgement, and until the last record was searchable.</returns>
    public (double Acknowledged, double Searchable) Run(IPEndPoint server, string apiKey)
    {
        // The requests are copied together beforehand; a copy within the run would be charged to the server.
        var requests = _bodies.Select((bodies, connection) => bodies
            .Select(body => HttpRequests.Post(server, $"/api/v1/content/bulk?node=bench{connection}", apiKey, "application/x-ndjson", body.Span)).ToArray()).ToArray();
        var start = Stopwatch.GetTimestamp();
        var acknowledged = new double[Connections];
        Parallel.For(0, Connections, new ParallelOptions { MaxDegreeOfParallelism = Connections }, connection =>
        {
            using var http = new HttpConnection(server);
            foreach (var request in requests[connection])
            {
                if (http.Send(request) != 200 || http.Body.IndexOf("\"rejected\":[]"u8) < 0)
                    throw new InvalidOperationException($"A bulk announce was answered with {System.Text.Encoding.UTF8.GetString(http.Body)}");
            }
            acknowledged[connection] = Stopwatch.GetElapsedTime(start).TotalSeconds;
        });
        using var search = new HttpConnection(server);
        using var pause = new ManualResetEventSlim();
        for (var connection = 0; connection < Connections; connection++)
        {
            var request = HttpRequests.Get(server, $"/api/v1/search?match=all&limit=1&q={Marker(connection)}", apiKey);
            while (search.Send(request) != 200 || search.Body.IndexOf("\"contentId\""u8) < 0)
            {
                if (Stopwatch.GetElapsedTime(start) > TimeSpan.FromMinutes(10))
                    throw new TimeoutException("The last record was not searchable within ten minutes.");
                pause.Wait(5);
            }
        }
        return (acknowledged.Max(), Stopwatch.GetElapsedTime(start).TotalSeconds);
    }

    private static string Marker(int connection) => "lastofconnection" + "abcdefgh"[connection];

    private static byte[] Body(IEnumerable<CorpusRecord> records, string? marker)
    {
        var body = new ArrayBufferWriter<byte>(1 << 20);
        using var json = new Utf8JsonWriter(body);
        CorpusRecord? before = null;
        foreach (var record in records)
        {
            if (before is not null)
                Write(before);
            before = record;
        }
        Write(marker is null ? before! : before! with { Title = $"{before!.Title} {marker}" });
        return body.WrittenSpan.ToArray();

        void Write(CorpusRecord record)
        {
            record.WriteTo(json);
            json.Flush();
            json.Reset();
            body.Write("\n"u8);
        }
    }
}
