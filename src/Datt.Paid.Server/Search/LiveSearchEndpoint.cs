using System.Buffers;
using Datt.Paid.Search;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Operations;
using Datt.Paid.Server.Problems;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Search;

/// <summary>
/// Live search: Server-Sent Events (WHATWG HTML, section 9.2), event <c>hit</c>. A comment goes out while nothing is found, so that a closed
/// connection is noticed; at the same time the caller's key is asked again.
/// </summary>
public sealed class LiveSearchEndpoint(
    SearchEngine engine, HitWriter hits, Gate gate, ServerMetrics metrics, IOptions<SearchSettings> settings, IHostApplicationLifetime lifetime,
    TimeProvider time)
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(15);

    private int _running;

    public async Task AnswerAsync(HttpContext context)
    {
        if (!SearchQuery.TryRead(context.Request.QueryString, out var request, out var problem))
            await problem.ExecuteAsync(context);
        else if (engine.Check(request) is { } invalid)
            await SearchEndpoint.Refusal(invalid).ExecuteAsync(context);
        else if (Interlocked.Increment(ref _running) > settings.Value.MaxLiveSearches)
        {
            Interlocked.Decrement(ref _running);
            await Problem.QuotaExceeded("As many live searches run as this server takes. Try again.", Quiet).ExecuteAsync(context);
        }
        else
        {
            try
            {
                await StreamAsync(context, request);
            }
            finally
            {
                Interlocked.Decrement(ref _running);
            }
        }
    }

    private async Task StreamAsync(HttpContext context, SearchRequest request)
    {
        context.Response.ContentType = "text/event-stream";
        context.Response.Headers.CacheControl = "no-store";
        context.Response.Headers["X-Accel-Buffering"] = "no";
        using var stop = CancellationTokenSource.CreateLinkedTokenSource(context.RequestAborted, lifetime.ApplicationStopping);
        var found = engine.Live(request, stop.Token).GetAsyncEnumerator(stop.Token);
        // The first step registers the search; only then may the caller believe that nothing is missed.
        var next = found.MoveNextAsync().AsTask();
        try
        {
            await CommentAsync(context, stop.Token);
            while (true)
            {
                var quiet = Task.Delay(Quiet, time, stop.Token);
                if (await Task.WhenAny(next, quiet) == next)
                {
                    if (!await next)
                        return;
                    Write(context.Response.BodyWriter, found.Current);
                    await context.Response.BodyWriter.FlushAsync(stop.Token);
                    metrics.LiveHit();
                    next = found.MoveNextAsync().AsTask();
                }
                else if (gate.MayGoOn(context))
                    await CommentAsync(context, stop.Token);
                else
                    return;
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
        }
        finally
        {
            // An iterator can be disposed of only when no step of it is under way.
            await stop.CancelAsync();
            await ((Task)next).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            await found.DisposeAsync();
        }
    }

    private static async Task CommentAsync(HttpContext context, CancellationToken ct)
    {
        context.Response.BodyWriter.Write(":\n\n"u8);
        await context.Response.BodyWriter.FlushAsync(ct);
    }

    private void Write(IBufferWriter<byte> into, SearchHit hit)
    {
        into.Write("event: hit\ndata: "u8);
        into.Write(JsonAnswer.Write((hits, hit, time.GetUtcNow()), static (json, state) => state.hits.WriteHit(json, state.hit, state.Item3)));
        into.Write("\n\n"u8);
    }
}
