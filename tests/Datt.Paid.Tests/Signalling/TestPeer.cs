using System.Buffers;
using System.Buffers.Binary;
using System.IO.Pipelines;
using System.Text;
using Datt.Paid.Signalling;

namespace Datt.Paid.Tests.Signalling;

/// <summary>A peer whose socket is a pair of pipes, with both ends at hand.</summary>
internal sealed class TestPeer : IDuplexPipe
{
    private readonly Pipe _toServer = new(new PipeOptions(readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline));
    private readonly Pipe _toClient = new(new PipeOptions(
        pauseWriterThreshold: 65_536, resumeWriterThreshold: 32_768, readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline));

    private readonly SignalHub _hub;

    public TestPeer(SignalHub hub, string id, string token = "token", UInt128 caller = default, bool isBound = false)
    {
        _hub = hub;
        Socket = new PeerSocket(id, token, caller, isBound, this);
        Outcome = hub.Open(Socket);
    }

    public PeerSocket Socket { get; }

    public OpenOutcome Outcome { get; }

    public PipeReader Input => _toServer.Reader;

    public PipeWriter Output => _toClient.Writer;

    public void Says(string json) => _hub.Receive(Socket, Encoding.UTF8.GetBytes(json));

    /// <summary>Sends a message of the protocol with a payload that tells messages apart.</summary>
    public void Sends(string type, string dst, string payload = "1") => Says($$"""{"type":"{{type}}","dst":"{{dst}}","payload":{{payload}}}""");

    public void Leaves() => _hub.Leave(Socket);

    /// <summary>What arrived since the last call, one line a frame; a close as <c>close CODE</c>.</summary>
    public List<string> Heard()
    {
        var lines = new List<string>();
        while (_toClient.Reader.TryRead(out var result))
        {
            var bytes = result.Buffer.ToArray();
            var at = 0;
            while (at < bytes.Length)
            {
                var length = (int)(bytes[at + 1] & 0x7f);
                var head = 2;
                if (length == 126)
                    (length, head) = (BinaryPrimitives.ReadUInt16BigEndian(bytes.AsSpan(at + 2)), 4);
                else if (length == 127)
                    (length, head) = ((int)BinaryPrimitives.ReadUInt64BigEndian(bytes.AsSpan(at + 2)), 10);
                var payload = bytes.AsSpan(at + head, length);
                lines.Add((bytes[at] & 0x0f) == 8 ? $"close {BinaryPrimitives.ReadUInt16BigEndian(payload)}" : Encoding.UTF8.GetString(payload));
                at += head + length;
            }
            _toClient.Reader.AdvanceTo(result.Buffer.End);
        }
        return lines;
    }

    /// <summary>How a message looks when it arrives.</summary>
    public static string Arrives(string type, string src, string dst, string payload = "1") =>
        $$"""{"type":"{{type}}","src":"{{src}}","dst":"{{dst}}","payload":{{payload}}}""";

    /// <summary>How a peer hears that another is not there.</summary>
    public static string Expires(string src, string dst) => $$"""{"type":"EXPIRE","src":"{{dst}}","dst":"{{src}}"}""";
}
