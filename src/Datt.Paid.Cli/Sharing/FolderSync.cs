using System.Runtime.CompilerServices;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Sharing;

/// <summary>How far a pass is.</summary>
/// <param name="Done">Files looked at.</param>
/// <param name="Files">Files in all.</param>
/// <param name="Announced">Records acknowledged.</param>
public sealed record SyncProgress(int Done, int Files, int Announced);

/// <summary>What a pass came to.</summary>
/// <param name="Files">Files shared.</param>
/// <param name="Announced">Records that the server took.</param>
/// <param name="Withdrawn">Contents that went away.</param>
/// <param name="Rejected">Records that the server refused: file, code, reason. At most a hundred of them.</param>
/// <param name="RejectedCount">All of them.</param>
/// <param name="Skipped">What was left out.</param>
public sealed record SyncResult(
    int Files, int Announced, int Withdrawn, IReadOnlyList<RejectedFile> Rejected, int RejectedCount, Skipped Skipped);

/// <summary>A file whose record the server refused.</summary>
public sealed record RejectedFile(string? Path, string ContentId, string? Code, string? Detail);

/// <summary>Brings what a server knows of a node in line with what the folder holds.</summary>
public sealed class FolderSync(
    SharedFolder folder, FolderLimits limits, ShareLedger ledger, FileReading reading, ContentClient content, string nodeId)
{
    private const int RejectedKept = 100;
    private readonly HashSet<string> _refused = new(StringComparer.Ordinal);

    /// <summary>
    /// One pass: files that are new or changed are read and announced, contents that no file has any more are withdrawn. What the
    /// server acknowledged before a failure stays acknowledged, and the next pass goes on from there.
    /// </summary>
    /// <param name="again">Announce everything, for a server that may have lost it.</param>
    /// <param name="progress">Told at every file and every acknowledged request.</param>
    /// <param name="ct">Ends the pass between two files or requests.</param>
    public async Task<SyncResult> RunAsync(bool again, IProgress<SyncProgress>? progress, CancellationToken ct)
    {
        var pass = new Pass(new FolderWalk(folder, limits), again, progress);
        pass.Found.AddRange(pass.Walk.Files());
        if (again)
        {
            _refused.Clear();
        }

        await foreach (var chunk in content.BulkAsync(nodeId, LinesAsync(pass, ct), ct).ConfigureAwait(false))
        {
            Acknowledge(pass, chunk);
            ledger.Save();
        }

        ledger.Save();
        return new SyncResult(ledger.Count, pass.Announced, pass.Withdrawn, pass.Rejected, pass.RejectedCount, pass.Walk.Skipped);
    }

    private async IAsyncEnumerable<BulkLine> LinesAsync(Pass pass, [EnumeratorCancellation] CancellationToken ct)
    {
        var sent = new HashSet<string>(StringComparer.Ordinal);
        foreach (var found in pass.Found)
        {
            ct.ThrowIfCancellationRequested();
            var record = await RecordAsync(pass, found, sent, ct).ConfigureAwait(false);
            pass.Done++;
            pass.Report();
            if (record is not null)
            {
                sent.Add(record.ContentId);
                yield return pass.Sent(BulkLine.Announce(record));
            }
        }

        if (!pass.Walk.IsComplete)
        {
            // A folder that cannot be read just now is no reason to say that its files are gone.
            yield break;
        }

        foreach (var contentId in ledger.Keep(pass.Present))
        {
            yield return pass.Sent(BulkLine.Withdraw(contentId));
        }
    }

    /// <summary>The record to announce for a file; null when the server has it, or the file is not to be shared.</summary>
    private async Task<ContentRecord?> RecordAsync(Pass pass, FoundFile found, HashSet<string> sent, CancellationToken ct)
    {
        var known = ledger.At(found.RelativePath);
        var unchanged = known is not null && known.Size == found.Size && known.ModifiedTicks == found.ModifiedAt.Ticks;
        if (unchanged && (sent.Contains(known!.ContentId) || _refused.Contains(known.ContentId) || (!pass.Again && ledger.IsAnnounced(known.ContentId))))
        {
            pass.Present.Add(found.RelativePath);
            return null;
        }

        var (outcome, file, record) = await reading.ReadAsync(found, limits.MaxFileBytes, ct).ConfigureAwait(false);
        switch (outcome)
        {
            case ReadOutcome.Read:
                ledger.Put(file!);
                pass.Present.Add(found.RelativePath);
                return !sent.Contains(file!.ContentId) && !_refused.Contains(file.ContentId) && (pass.Again || !ledger.IsAnnounced(file.ContentId))
                    ? record : null;
            case ReadOutcome.Binary:
                pass.Walk.Skipped.Binary++;
                return null;
            default:
                pass.Walk.Skipped.Unreadable++;
                return null;
        }
    }

    private void Acknowledge(Pass pass, BulkChunk chunk)
    {
        var refused = new HashSet<long>();
        foreach (var line in chunk.Rejected)
        {
            refused.Add(line.Line);
        }

        var announced = new List<string>();
        var withdrawn = new List<string>();
        var ids = new Dictionary<long, string>();
        for (var i = 0; i < chunk.Lines; i++)
        {
            var line = pass.Unacknowledged.Dequeue();
            ids[chunk.FirstLine + i] = line.ContentId;
            if (refused.Contains(chunk.FirstLine + i))
            {
                _refused.Add(line.ContentId);
            }
            else
            {
                (line.IsWithdrawal ? withdrawn : announced).Add(line.ContentId);
            }
        }

        ledger.Acknowledge(announced, withdrawn);
        pass.Announced += announced.Count;
        pass.Withdrawn += withdrawn.Count;
        pass.RejectedCount += chunk.Rejected.Count;
        foreach (var line in chunk.Rejected.Take(RejectedKept - pass.Rejected.Count))
        {
            var id = ids.GetValueOrDefault(line.Line, "");
            pass.Rejected.Add(new RejectedFile(ledger.With(id)?.Path, id, line.Code, line.Detail));
        }

        pass.Report();
    }

    /// <summary>The state of one pass.</summary>
    private sealed class Pass(FolderWalk walk, bool again, IProgress<SyncProgress>? progress)
    {
        public FolderWalk Walk => walk;

        public bool Again => again;

        public List<FoundFile> Found { get; } = [];

        public HashSet<string> Present { get; } = new(StringComparer.Ordinal);

        /// <summary>Lines on their way, in the order in which their answers come.</summary>
        public Queue<(string ContentId, bool IsWithdrawal)> Unacknowledged { get; } = new();

        public List<RejectedFile> Rejected { get; } = [];

        public int RejectedCount { get; set; }

        public int Done { get; set; }

        public int Announced { get; set; }

        public int Withdrawn { get; set; }

        public BulkLine Sent(BulkLine line)
        {
            Unacknowledged.Enqueue((line.ContentId, line.Record is null));
            return line;
        }

        public void Report() => progress?.Report(new SyncProgress(Done, Found.Count, Announced));
    }
}
