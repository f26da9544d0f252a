using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>An HTTP/1.1 connection that sends any bytes and reads answers strictly: what is no answer is an <see cref="IOException"/>.</summary>
internal sealed class WireConnection : IDisposable
{
    private const int MostBody = 64 << 20;

    private readonly TcpClient _tcp;
    private readonly NetworkStream _stream;
    private readonly byte[] _buffer = new byte[16_384];
    private int _start;
    private int _end;

    private WireConnection(TcpClient tcp)
    {
        _tcp = tcp;
        _stream = tcp.GetStream();
    }

    public static async Task<WireConnection> OpenAsync(Uri server, CancellationToken ct)
    {
        var tcp = new TcpClient { NoDelay = true };
        await tcp.ConnectAsync(server.Host, server.Port, ct);
        return new WireConnection(tcp);
    }

    /// <summary>Sends as much as the server takes: it may refuse early and close.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken ct)
    {
        try
        {
            await _stream.WriteAsync(bytes, ct);
        }
        catch (IOException)
        {
            // The answer, if there is one, is still to be read.
        }
    }

    /// <summary>Says that nothing more will come.</summary>
    public void FinishSending()
    {
        try
        {
            _tcp.Client.Shutdown(SocketShutdown.Send);
        }
        catch (SocketException)
        {
            // The server has closed already.
        }
    }

    /// <summary>Everything until the server closes.</summary>
    public async Task<byte[]> ReadToEndAsync(CancellationToken ct)
    {
        var all = new MemoryStream();
        try
        {
            while (await FillAsync(ct))
            {
                all.Write(_buffer, _start, _end - _start);
                _start = _end;
            }
        }
        catch (IOException)
        {
            // Reset: the server closed with input unread.
        }
        return all.ToArray();
    }

    /// <summary>One answer; of a stream only its head.</summary>
    public async Task<WireAnswer> ReadAnswerAsync(bool toHead, CancellationToken ct)
    {
        while (true)
        {
            var line = await LineAsync(ct);
            if (!line.StartsWith("HTTP/1.1 ", StringComparison.Ordinal) || !int.TryParse(line.AsSpan(9, 3), CultureInfo.InvariantCulture, out var status))
                throw new IOException($"no status line: {line}");
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            while (await LineAsync(ct) is { Length: > 0 } header)
            {
                var colon = header.IndexOf(':', StringComparison.Ordinal);
                headers[header[..colon]] = header[(colon + 1)..].Trim();
            }
            if (status is >= 100 and < 200)
                continue;
            if (headers.GetValueOrDefault("content-type", "").StartsWith("text/event-stream", StringComparison.Ordinal))
                return new WireAnswer(status, headers, [], true);
            var body = toHead || status is 204 or 304 ? [] : await BodyAsync(headers, ct);
            return new WireAnswer(status, headers, body, false);
        }
    }

    public void Dispose() => _tcp.Dispose();

    private async Task<byte[]> BodyAsync(Dictionary<string, string> headers, CancellationToken ct)
    {
        var body = new MemoryStream();
        if (headers.TryGetValue("content-length", out var length))
        {
            await CopyAsync(body, int.Parse(length, CultureInfo.InvariantCulture), ct);
        }
        else if (headers.GetValueOrDefault("transfer-encoding") == "chunked")
        {
            while (int.Parse(await LineAsync(ct), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var chunk)
            {
                await CopyAsync(body, chunk, ct);
                await LineAsync(ct);
            }
            await LineAsync(ct);
        }
        else
        {
            body.Write(await ReadToEndAsync(ct));
        }
        return body.ToArray();
    }

    private async Task CopyAsync(MemoryStream into, int count, CancellationToken ct)
    {
        if (into.Length + count > MostBody)
            throw new IOException($"an answer of more than {MostBody} bytes");
        while (count > 0)
        {
            if (_start == _end && !await FillAsync(ct))
                throw new IOException("the answer was cut off");
            var part = Math.Min(count, _end - _start);
            into.Write(_buffer, _start, part);
            _start += part;
            count -= part;
        }
    }

    private async Task<string> LineAsync(CancellationToken ct)
    {
        var line = new MemoryStream();
        while (true)
        {
            if (_start == _end && !await FillAsync(ct))
                throw new IOException("closed without an answer");
            var newline = _buffer.AsSpan(_start, _end - _start).IndexOf((byte)'\n');
            var part = newline < 0 ? _end - _start : newline + 1;
            line.Write(_buffer, _start, part);
            _start += part;
            if (newline >= 0)
                return Encoding.Latin1.GetString(line.ToArray()).TrimEnd('\r', '\n');
        }
    }

    private async Task<bool> FillAsync(CancellationToken ct)
    {
        _start = 0;
        _end = await _stream.ReadAsync(_buffer, ct);
        return _end > 0;
    }
}
