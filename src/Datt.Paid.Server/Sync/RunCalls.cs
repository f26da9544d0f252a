using System.Buffers;
using System.Globalization;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Store;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Sync;

/// <summary>What is held of a run.</summary>
/// <param name="Run">Its id.</param>
/// <param name="Bytes">Its length.</param>
/// <param name="LeafSize">Bytes of a leaf.</param>
/// <param name="Leaves">How many leaves it has.</param>
/// <param name="Complete">Whether all of them are held.</param>
/// <param name="Ranges">First and last leaf of each stretch that is held.</param>
public sealed record HaveAnswer(string Run, long Bytes, int LeafSize, int Leaves, bool Complete, IReadOnlyList<int[]> Ranges);

/// <summary>A leaf and the hashes beside its way to the root, lowest first; both in base64.</summary>
public sealed record ProofAnswer(string Leaf, IReadOnlyList<string> Path);

/// <summary>
/// Runs for other servers. Whatever goes out was hashed against the run's leaves just before, so nothing that was damaged on this disk is passed on;
/// damage that is found this way is mended by fetching the run again.
/// </summary>
public static class RunCalls
{
    private const int Piece = 16 * MerkleTree.LeafSize;

    public static void MapRuns(this IEndpointRouteBuilder app)
    {
        app.MapDescribed("/federation/v1/runs/{runId}", ReadAsync).Answers<byte[]>("application/octet-stream").AlsoRefuses(402, 404, 416, 429)
            .Names("getRun", "Federation", "The bytes of a run, or the range asked for; by the federation policy.");
        app.MapGet("/federation/v1/runs/{runId}/have", ShowHave).WithTags("Federation").Refuses(404).WithName("getRunParts").WithSummary("Which leaves of a run are held here.");
        app.MapDescribed("/federation/v1/runs/{runId}/leaves", ShowLeavesAsync).Answers<byte[]>("application/octet-stream").AlsoRefuses(404)
            .Names("getRunLeaves", "Federation", "The SHA-256 of every leaf of a run, in order: all Merkle paths at once.");
        app.MapGet("/federation/v1/runs/{runId}/proof", ShowProofAsync).WithTags("Federation").Refuses(400, 402, 404, 429).WithName("getRunProof")
            .WithSummary("One leaf with its Merkle path.");
    }

    private static async Task ReadAsync(HttpContext context)
    {
        if (TryFind(context, out var run, out var origin))
            await SendAsync(context, run, () => context.RequestServices.GetRequiredService<RunRepair>().Look(run, origin));
        else
            await Unknown().ExecuteAsync(context);
    }

    /// <summary>Answers with a run, or the range of it that is asked for, by the federation policy.</summary>
    /// <param name="context">The request.</param>
    /// <param name="run">A run, of which not all must be here.</param>
    /// <param name="failed">What to do where bytes of it could not be read.</param>
    internal static async Task SendAsync(HttpContext context, HeldRun run, Action failed)
    {
        if (!ByteRange.TryRead(context.Request, run.Info.Bytes, out var range))
        {
            context.Response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes */{run.Info.Bytes}");
            await NotHere().ExecuteAsync(context);
            return;
        }
        var gate = context.RequestServices.GetRequiredService<RunGate>();
        if (await gate.RefusalAsync(context, range.Count) is { } refusal)
        {
            await refusal.ExecuteAsync(context);
            return;
        }
        long sent = 0;
        try
        {
            while (sent < range.Count && await SendAsync(context, run, range, sent) is > 0 and var more)
                sent += more;
        }
        finally
        {
            gate.Served(context, sent);
        }
        if (sent == range.Count)
            return;
        failed();
        if (sent > 0)
            context.Abort(); // the length is out already
        else
            await NotHere().ExecuteAsync(context);
    }

    /// <summary>Sends the next piece of a range; 0 where it is damaged here.</summary>
    private static async Task<int> SendAsync(HttpContext context, HeldRun run, ByteRange range, long done)
    {
        // Pieces end where leaves do, so that no leaf is hashed twice.
        var at = range.First + done;
        var buffer = ArrayPool<byte>.Shared.Rent(Piece);
        try
        {
            var piece = buffer.AsMemory(0, (int)Math.Min(range.Count - done, Piece - (at % MerkleTree.LeafSize)));
            if (!run.TryRead(at, piece.Span))
                return 0;
            if (done == 0)
            {
                range.Begin(context.Response);
                context.Response.Headers.ETag = $"\"{run.Info.Id}\"";
            }
            await context.Response.Body.WriteAsync(piece, context.RequestAborted);
            return piece.Length;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    private static Results<Ok<HaveAnswer>, Problem> ShowHave(string runId, HttpContext context)
    {
        if (!TryFind(context, out var run, out _) || run.Held is not { Count: > 0 } held)
            return Unknown();
        return TypedResults.Ok(new HaveAnswer(
            runId, run.Info.Bytes, MerkleTree.LeafSize, held.Leaves, held.IsComplete, [.. held.ToRanges().Select(r => new[] { r.First, r.Last })]));
    }

    private static async Task ShowLeavesAsync(HttpContext context)
    {
        if (!TryFind(context, out var run, out _) || run.Leaves is not { Count: > 0 } leaves)
        {
            await Unknown().ExecuteAsync(context);
            return;
        }
        var bytes = new byte[leaves.Count * Hash256.Size];
        for (var i = 0; i < leaves.Count; i++)
            leaves[i].CopyTo(bytes.AsSpan(i * Hash256.Size));
        context.Response.ContentType = "application/octet-stream";
        context.Response.ContentLength = bytes.Length;
        await context.Response.Body.WriteAsync(bytes, context.RequestAborted);
    }

    private static async Task<Results<Ok<ProofAnswer>, Problem, ProblemResult>> ShowProofAsync(string runId, string? leaf, HttpContext context, RunGate gate)
    {
        if (!TryFind(context, out var run, out var origin) || run.Leaves is not { Count: > 0 } leaves)
            return Unknown();
        if (!int.TryParse(leaf, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number >= leaves.Count)
            return Problem.Invalid("leaf", $"leaf must be from 0 to {leaves.Count - 1}.");
        if (await gate.ProofRefusalAsync(context, origin) is { } refusal)
            return new ProblemResult(refusal);
        var bytes = new byte[Math.Min(MerkleTree.LeafSize, run.Info.Bytes - (long)number * MerkleTree.LeafSize)];
        if (!run.TryRead((long)number * MerkleTree.LeafSize, bytes))
        {
            context.RequestServices.GetRequiredService<RunRepair>().Look(run, origin);
            return Unknown();
        }
        var path = new MerkleTree(leaves, run.Info.Bytes).PathOf(number);
        return TypedResults.Ok(new ProofAnswer(Convert.ToBase64String(bytes), [.. path.Select(h => Convert.ToBase64String(h.ToArray()))]));
    }

    private static bool TryFind(HttpContext context, out HeldRun run, out string origin)
    {
        (run, origin) = (null!, null!);
        return RunId.TryParse(context.Request.RouteValues["runId"] as string, out var id)
            && context.RequestServices.GetRequiredService<FeedShelf>().TryFindRun(id, out run!, out origin!);
    }

    private static Problem Unknown() => Problem.NotFound("This run is not here. It may have been merged into a newer one; ask for the newest manifest.");

    internal static Problem NotHere() =>
        new(StatusCodes.Status416RangeNotSatisfiable, "invalid_range", "These bytes are not here. GET …/have tells which leaves are.");
}

/// <summary>A refusal of another kind than <see cref="Problem"/>, passed on as it is.</summary>
public sealed class ProblemResult(IResult refusal) : IResult
{
    public Task ExecuteAsync(HttpContext context) => refusal.ExecuteAsync(context);
}
