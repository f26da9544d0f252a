using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using Datt.Paid.Benchmarks.Peers;
using Datt.Paid.Benchmarks.Servers;
using Datt.Paid.Protocol.Runs;
using ZstdSharp;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>What following a feed costs: bytes on the wire, time to searchable, memory, and idle traffic. Server processes on the same two cores.</summary>
internal static class SwarmFigure
{
    public const string Name = "swarm";
    public const string Sources = "swarm-sources";

    private const int FewRecords = 1_000;
    private const double Throttle = 4 << 20;

    public static async Task<IReadOnlyList<FigureResult>> MeasureAsync(Workbench bench)
    {
        var results = new List<FigureResult>();
        using var line = new CountedLine();
        var data = bench.Fresh("origin");
        using var origin = Start(bench, data, line);
        using var subscriber = await Subscriber.CreateAsync(origin.Address);
        bench.Announce.Run(origin.Address, subscriber.ApiKey);
        origin.WaitUntilQuiet();
        var records = bench.Options.Records;
        var stream = OneStream(data);
        Workbench.Say($"  one zstd -3 stream of {records:N0} records: {stream:N0} bytes");

        List<double> rates = [], ratios = [], beside = [], memory = [];
        ServerProcess? follower = null;
        CountedLine? followerLine = null;
        var followerData = "";
        for (var round = 0; round < Math.Max(1, bench.Options.Rounds / 2); round++)
        {
            follower?.Dispose();
            followerLine?.Dispose();
            var bare = BareSeconds(bench, data);
            followerLine = new CountedLine();
            followerData = bench.Fresh("follower");
            var before = line.Bytes;
            var began = Stopwatch.GetTimestamp();
            follower = Start(bench, followerData, followerLine, line.Url);
            var seconds = await FollowedAsync(follower, records, began) - follower.ReadyAfter.TotalSeconds;
            rates.Add(records / seconds);
            ratios.Add((line.Bytes - before) / (double)stream);
            beside.Add(seconds / bare);
            memory.Add(follower.Megabytes("VmHWM"));
            Workbench.Say($"  follower {round + 1}: {seconds:F1} s ({rates[^1]:N0}/s), copy and bare Lucene.Net {bare:F1} s, {line.Bytes - before:N0} bytes ({ratios[^1]:F2}), peak {memory[^1]:F0} MB");
        }
        results.Add(new($"{records:N0} records into an empty follower, ready to searchable", 15_000, false, "/s", Spread.Of(rates)));
        results.Add(new("the same beside copying the files and a bare Lucene.Net index", 1.1, true, "x", Spread.Of(beside)));
        results.Add(new("bytes on the wire against one zstd -3 stream", 1.15, true, "x", Spread.Of(ratios), $"{stream:N0} bytes as one stream"));
        results.Add(new("peak memory of a follower that bootstraps", 700, true, "MB", Spread.Of(memory)));
        using (followerLine)
        using (follower)
        {
            results.Add(await AgreementAsync(line, follower!));
            results.Add(await IdleAsync(line, followerLine!));
        }
        results.Add(await FewAsync(bench, line, origin, subscriber, followerData, records));
        return results;
    }

    /// <summary>A newcomer that downloads from one, two, four sources, each held to the same rate.</summary>
    public static async Task<IReadOnlyList<FigureResult>> MeasureSourcesAsync(Workbench bench)
    {
        var results = new List<FigureResult>();
        var lines = new List<CountedLine>();
        var sources = new List<ServerProcess>();
        var data = bench.Fresh("origin");
        lines.Add(new CountedLine(Throttle));
        sources.Add(Start(bench, data, lines[0]));
        using (var subscriber = await Subscriber.CreateAsync(sources[0].Address))
            bench.Announce.Run(sources[0].Address, subscriber.ApiKey);
        sources[0].WaitUntilQuiet();
        double first = 0;
        foreach (var count in new[] { 1, 2, 4 })
        {
            while (sources.Count < count)
            {
                lines.Add(new CountedLine(Throttle));
                sources.Add(Start(bench, bench.Fresh($"source{sources.Count}"), lines[^1], lines[0].Url));
                await FollowedAsync(sources[^1], bench.Options.Records, Stopwatch.GetTimestamp());
                sources[^1].WaitUntilQuiet();
            }
            using var newcomerLine = new CountedLine();
            using var newcomer = Start(bench, bench.Fresh("newcomer"), newcomerLine, [.. lines.Select(l => l.Url)]);
            var (seconds, _) = await DownloadedAsync(newcomer);
            first = count == 1 ? seconds : first;
            results.Add(new($"download of a newcomer from {count} sources of {Throttle / 1e6:F1} MB/s each, against one", count == 1 ? null : count * 0.8, false, "x", Spread.Of([first / seconds]), $"{seconds:F1} s"));
            Workbench.Say($"  {count} sources: {seconds:F1} s");
        }
        sources.ForEach(s => s.Dispose());
        lines.ForEach(l => l.Dispose());
        return results;
    }

    private static ServerProcess Start(Workbench bench, string data, CountedLine line, params string[] bootstraps)
    {
        var settings = new Dictionary<string, string>
        {
            ["Datt__PublicUrl"] = line.Url,
        };
        for (var i = 0; i < bootstraps.Length; i++)
            settings[$"Datt__Bootstrap__{i}"] = bootstraps[i];
        var server = ServerProcess.Start(bench.ServerAssembly, data, "Free", settings);
        line.Target = server.Address;
        return server;
    }

    /// <summary>Seconds since a moment until the server can search so many records.</summary>
    private static async Task<double> FollowedAsync(ServerProcess server, int records, long since)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        while (true)
        {
            var card = await http.GetFromJsonAsync<JsonElement>("/api/v1/server");
            if (card.GetProperty("coverage").GetProperty("records").GetInt64() >= records)
                break;
            if (Stopwatch.GetElapsedTime(since) > TimeSpan.FromMinutes(10))
                throw new TimeoutException("The follower had not everything within ten minutes.");
            await Task.Delay(20);
        }
        // In the catalog; now the index: every node's last record, by the word of its own.
        foreach (var marker in "abcd".Select(c => "lastofconnection" + c))
        {
            while ((await http.GetFromJsonAsync<JsonElement>($"/api/v1/search?match=all&limit=1&q={marker}")).GetProperty("hits").GetArrayLength() == 0)
                await Task.Delay(20);
        }
        return Stopwatch.GetElapsedTime(since).TotalSeconds;
    }

    /// <summary>Seconds from the first byte of a run to the last.</summary>
    private static async Task<(double Seconds, long Bytes)> DownloadedAsync(ServerProcess server)
    {
        using var http = new HttpClient { BaseAddress = new Uri($"http://{server.Address}") };
        long begun = 0, last = 0, bytes = 0, changed = 0;
        while (true)
        {
            var now = (await http.GetStringAsync("/metrics")).Split('\n').Where(l => l.StartsWith("datt_sync_verified", StringComparison.Ordinal))
                .Sum(l => (long)double.Parse(l.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture));
            var time = Stopwatch.GetTimestamp();
            if (now > bytes)
            {
                begun = begun == 0 ? time : begun;
                (bytes, last, changed) = (now, time, time);
            }
            if (bytes > 0 && Stopwatch.GetElapsedTime(changed) > TimeSpan.FromSeconds(8))
                return (Stopwatch.GetElapsedTime(begun, last).TotalSeconds, bytes);
            await Task.Delay(50);
        }
    }

    private static async Task<FigureResult> AgreementAsync(CountedLine line, ServerProcess follower)
    {
        using var http = new HttpClient();
        using var theirs = await http.GetAsync($"http://{follower.Address}/federation/v1/feeds");
        using var ask = new HttpRequestMessage(HttpMethod.Get, line.Url + "/federation/v1/feeds");
        ask.Headers.TryAddWithoutValidation("If-None-Match", theirs.Headers.ETag!.ToString());
        using var answer = await http.SendAsync(ask);
        var body = await answer.Content.ReadAsByteArrayAsync();
        return new("two servers in agreement: bytes of body, one round trip", 200, true, "B", Spread.Of([answer.StatusCode == HttpStatusCode.NotModified ? body.Length : 1e9]), $"status {(int)answer.StatusCode}");
    }

    private static async Task<FigureResult> IdleAsync(CountedLine one, CountedLine other)
    {
        await Task.Delay(TimeSpan.FromSeconds(5));
        var before = one.Bytes + other.Bytes;
        await Task.Delay(TimeSpan.FromMinutes(1));
        return new("idle traffic of two neighbours in a minute, all calls both ways, per neighbour", 2_000, true, "B", Spread.Of([(one.Bytes + other.Bytes - before) / 2.0]));
    }

    private static async Task<FigureResult> FewAsync(
        Workbench bench, CountedLine line, ServerProcess origin, Subscriber subscriber, string followerData, int records)
    {
        var lines = new StringBuilder();
        foreach (var record in bench.Records.Range(bench.Options.Records, FewRecords))
        {
            var into = new System.Buffers.ArrayBufferWriter<byte>();
            using (var json = new Utf8JsonWriter(into))
                record.WriteTo(json);
            lines.Append(Encoding.UTF8.GetString(into.WrittenSpan)).Append('\n');
        }
        using var body = new StringContent(lines.ToString(), Encoding.UTF8, "application/x-ndjson");
        using var taken = await subscriber.Http.PostAsync("/api/v1/content/bulk?node=bench0", body);
        taken.EnsureSuccessStatusCode();
        origin.WaitUntilQuiet();
        var before = line.Bytes;
        using var followerLine = new CountedLine();
        using var follower = Start(bench, followerData, followerLine, line.Url);
        await FollowedAsync(follower, records + FewRecords, Stopwatch.GetTimestamp());
        await Task.Delay(TimeSpan.FromSeconds(3));
        return new($"{FewRecords:N0} records that differ among {records:N0}: bytes on the wire, start included", 200_000, true, "B", Spread.Of([line.Bytes - before]));
    }

    /// <summary>The canonical bytes of all live records of a feed, as one stream of zstd level 3.</summary>
    private static long OneStream(string data)
    {
        var readers = new List<RunReader>();
        foreach (var path in Directory.GetFiles(Path.Combine(data, "feed", "runs"), "*.run"))
        {
            if (RunReader.TryOpen(new MemoryRunBytes(File.ReadAllBytes(path)), out var reader, out _))
                readers.Add(reader);
        }
        using var counted = new CountingStream();
        using (var zstd = new CompressionStream(counted, 3))
        {
            // Retired runs lie there too: of overlapping ones the highest levels, which cover the most.
            var chosen = new List<RunReader>();
            foreach (var reader in readers.OrderByDescending(r => r.Scope.Level))
            {
                if (chosen.TrueForAll(c => reader.Scope.MaxSeq < c.Scope.MinSeq || reader.Scope.MinSeq > c.Scope.MaxSeq))
                    chosen.Add(reader);
            }
            using var cursor = new MergeCursor(chosen, dropTombstones: true);
            while (cursor.MoveNext())
                zstd.Write(cursor.Current.Bytes);
        }
        return counted.Length;
    }

    /// <summary>Copying the feed's files, and building a bare index of the same records.</summary>
    private static double BareSeconds(Workbench bench, string data)
    {
        var began = Stopwatch.GetTimestamp();
        var copy = bench.Fresh("copy");
        foreach (var path in Directory.GetFiles(Path.Combine(data, "feed", "runs"), "*.run"))
            File.Copy(path, Path.Combine(copy, Path.GetFileName(path)));
        var copied = Stopwatch.GetElapsedTime(began).TotalSeconds;
        using var peer = PeerProcess.StartLucene(bench.Fresh("bare"), "nio", serverGc: true);
        return copied + peer.Index(bench.Options.Seed, bench.Options.Records, threads: 2).Seconds;
    }

    private sealed class CountingStream : Stream
    {
        private long _length;

        public override bool CanRead => false;
        public override bool CanSeek => false;
        public override bool CanWrite => true;
        public override long Length => _length;
        public override long Position { get => _length; set => throw new NotSupportedException(); }

        public override void Write(byte[] buffer, int offset, int count) => _length += count;
        public override void Write(ReadOnlySpan<byte> buffer) => _length += buffer.Length;
        public override void Flush()
        {
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
