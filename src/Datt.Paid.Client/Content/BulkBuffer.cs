namespace Datt.Paid.Client;

/// <summary>The lines of one bulk request, and which lines of the whole upload they are.</summary>
internal sealed class BulkBuffer
{
    private readonly MemoryStream _body = new();
    private readonly List<long> _sent = [];
    private readonly List<RejectedLine> _rejected = [];
    private long _first = 1;

    /// <summary>Lines taken since the last request, sent or not.</summary>
    public int Lines { get; private set; }

    public int Sent => _sent.Count;

    public ReadOnlyMemory<byte> Body => _body.GetBuffer().AsMemory(0, (int)_body.Length);

    public bool IsFullFor(int bytes) =>
        Lines >= ContentClient.MaxLines || (_sent.Count > 0 && bytes <= ContentClient.MaxBytes && _body.Length + bytes + 1 > ContentClient.MaxBytes);

    public void Add(byte[] line)
    {
        var number = _first + Lines++;
        if (line.Length > ContentClient.MaxBytes)
        {
            _rejected.Add(new RejectedLine(number, "record_too_large", $"The record has {line.Length} bytes; shorten its summary."));
            return;
        }

        _body.Write(line);
        _body.WriteByte((byte)'\n');
        _sent.Add(number);
    }

    /// <summary>The answer with the numbers of the whole upload; the buffer begins the next request.</summary>
    public BulkChunk Close(BulkAnswer answer)
    {
        foreach (var line in answer.Rejected ?? [])
        {
            // A number that we never sent is kept as it came: it can only be shown.
            _rejected.Add(line with { Line = line.Line >= 1 && line.Line <= _sent.Count ? _sent[(int)line.Line - 1] : line.Line });
        }

        var chunk = new BulkChunk(_first, Lines, answer.Accepted, [.. _rejected]);
        _first += Lines;
        Lines = 0;
        _body.SetLength(0);
        _sent.Clear();
        _rejected.Clear();
        return chunk;
    }
}
