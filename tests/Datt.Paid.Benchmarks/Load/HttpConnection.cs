using System.Buffers.Text;
using System.Net;
using System.Net.Sockets;

namespace Datt.Paid.Benchmarks.Load;

/// <summary>
/// One keep-alive HTTP/1.1 connection on a blocking socket, for requests whose bytes are prepared: it shares the cores with the server it
/// loads, so it looks at the status and the length of an answer and at nothing else.
/// </summary>
internal sealed class HttpConnection : IDisposable
{
    private readonly Socket _socket;
    private byte[] _buffer = new byte[64 * 1024];
    private int _bodyStart;
    private int _end;

    public HttpConnection(IPEndPoint server)
    {
        _socket = new Socket(server.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true, ReceiveTimeout = 120_000, SendTimeout = 120_000 };
        _socket.Connect(server);
    }

    /// <summary>The body of the last answer; chunk framing is left in when the server sent chunks.</summary>
    public ReadOnlySpan<byte> Body => _buffer.AsSpan(_bodyStart, _end - _bodyStart);

    /// <summary>Sends one request and reads its whole answer.</summary>
    /// <returns>The status code.</returns>
    public int Send(ReadOnlySpan<byte> request)
    {
        while (!request.IsEmpty)
            request = request[_socket.Send(request)..];
        _end = 0;
        int headerEnd;
        while ((headerEnd = _buffer.AsSpan(0, _end).IndexOf("\r\n\r\n"u8)) < 0)
            Receive();
        var header = _buffer.AsSpan(0, headerEnd + 2);
        if (!Utf8Parser.TryParse(header[9..], out int status, out _))
            throw new IOException("The answer does not start with an HTTP status line.");
        _bodyStart = headerEnd + 4;
        if (TryContentLength(header, out var length))
        {
            while (_end < _bodyStart + length)
                Receive();
        }
        else if (header.IndexOf("chunked"u8) >= 0)
        {
            while (!EndsWithLastChunk())
                Receive();
        }
        return status;
    }

    public void Dispose() => _socket.Dispose();

    private void Receive()
    {
        if (_end == _buffer.Length)
            Array.Resize(ref _buffer, _buffer.Length * 2);
        var received = _socket.Receive(_buffer.AsSpan(_end));
        if (received == 0)
            throw new IOException("The server closed the connection before its answer was complete.");
        _end += received;
    }

    // JSON has no raw line breaks here, so the last chunk's bytes can only be at the end of the answer.
    private bool EndsWithLastChunk() => _end - _bodyStart >= 5 && _buffer.AsSpan(_end - 5, 5).SequenceEqual("0\r\n\r\n"u8);

    private static bool TryContentLength(ReadOnlySpan<byte> header, out int length)
    {
        var at = header.IndexOf("\r\nContent-Length: "u8);
        length = 0;
        return at >= 0 && Utf8Parser.TryParse(header[(at + 18)..], out length, out _);
    }
}
