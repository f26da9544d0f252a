using System.Buffers;
using System.IO.Pipelines;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Server.Content;

/// <summary>Reads NDJSON line by line out of the buffers of the connection and verifies each line; nothing of a line is copied before that.</summary>
/// <param name="body">The request's body.</param>
/// <param name="node">The node that all lines are about.</param>
/// <param name="now">Time of the request.</param>
public sealed class BulkLines(PipeReader body, string node, DateTimeOffset now)
{
    private const int BatchSize = 1_000;

    private List<Announcement> _batch = new(BatchSize);
    private int _line;
    private bool _skipping;
    private bool _ended;

    /// <summary>Lines that passed, over all batches.</summary>
    public int Accepted { get; private set; }

    /// <summary>Lines that did not.</summary>
    public List<RejectedLine> Rejected { get; } = [];

    /// <summary>The body went on after its last permitted line.</summary>
    public bool HasTooMany { get; private set; }

    /// <summary>Reads until a batch is full or the body ends; false when there is nothing more to take.</summary>
    public async ValueTask<bool> ReadAsync(CancellationToken ct)
    {
        while (!_ended && _batch.Count < BatchSize)
        {
            var read = await body.ReadAsync(ct);
            var rest = read.Buffer;
            var stopped = TakeLines(ref rest);
            if (!stopped && read.IsCompleted)
            {
                TakeLast(rest);
                rest = rest.Slice(rest.End);
                _ended = true;
            }
            // A full batch leaves the lines behind it unexamined, so that the next read returns at once.
            body.AdvanceTo(rest.Start, stopped ? rest.Start : read.Buffer.End);
            _ended |= HasTooMany;
        }
        return _batch.Count > 0;
    }

    /// <summary>The announcements of the batch, which are the caller's from now on.</summary>
    public IReadOnlyList<Announcement> TakeBatch()
    {
        var batch = _batch;
        _batch = new List<Announcement>(BatchSize);
        return batch;
    }

    // True when it stopped before the end of the buffer: the batch is full, or there are too many lines.
    private bool TakeLines(ref ReadOnlySequence<byte> rest)
    {
        var reader = new SequenceReader<byte>(rest);
        while (_batch.Count < BatchSize)
        {
            if (!reader.TryReadTo(out ReadOnlySequence<byte> line, (byte)'\n'))
            {
                rest = rest.Slice(reader.Position);
                if (rest.Length > RecordJson.MaxBytes)
                    SkipLongLine(ref rest);
                return false;
            }
            if (_skipping)
            {
                _skipping = false;
                continue;
            }
            if (!TakeLine(line))
                break;
        }
        rest = rest.Slice(reader.Position);
        return true;
    }

    private void TakeLast(ReadOnlySequence<byte> line)
    {
        if (!_skipping && line.Length > 0)
            TakeLine(line);
    }

    private bool TakeLine(in ReadOnlySequence<byte> line)
    {
        if (_line == BulkAnnounce.MaxLines)
        {
            HasTooMany = !IsBlank(line);
            return !HasTooMany;
        }
        _line++;
        if (line.IsSingleSegment)
        {
            TakeBytes(line.FirstSpan);
            return true;
        }
        var length = (int)Math.Min(line.Length, RecordJson.MaxBytes + 1);
        var rented = ArrayPool<byte>.Shared.Rent(length);
        line.Slice(0, length).CopyTo(rented);
        TakeBytes(rented.AsSpan(0, length));
        ArrayPool<byte>.Shared.Return(rented);
        return true;
    }

    private void TakeBytes(ReadOnlySpan<byte> utf8)
    {
        utf8 = utf8.TrimEnd((byte)'\r');
        if (utf8.TrimStart(" \t"u8).IsEmpty)
            return;
        if (RecordJson.TryReadLine(utf8, out var draft, out var problem)
            && RecordVerifier.Take(node, draft, now, out var announcement, out problem))
        {
            _batch.Add(announcement);
            Accepted++;
            return;
        }
        Rejected.Add(new RejectedLine(_line, problem!.Code, problem.Detail));
    }

    // The line is refused now; the rest of it is dropped as it arrives.
    private void SkipLongLine(ref ReadOnlySequence<byte> rest)
    {
        HasTooMany |= !_skipping && _line == BulkAnnounce.MaxLines;
        if (!_skipping && !HasTooMany)
        {
            _line++;
            Rejected.Add(new RejectedLine(_line, RecordProblem.RecordTooLarge, $"The line is longer than {RecordJson.MaxBytes} bytes."));
        }
        _skipping = true;
        rest = rest.Slice(rest.End);
    }

    private static bool IsBlank(in ReadOnlySequence<byte> line)
    {
        foreach (var segment in line)
        {
            if (segment.Span.ContainsAnyExcept(" \t\r"u8))
                return false;
        }
        return true;
    }
}
