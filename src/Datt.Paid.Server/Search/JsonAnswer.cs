using System.Buffers;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace Datt.Paid.Server.Search;

/// <summary>
/// A JSON answer written by hand on the hot path: into a buffer of the thread, so that a search allocates none and the answer goes out with
/// its length. Writing does not await, so the buffer is never shared.
/// </summary>
public static class JsonAnswer
{
    // Nothing here ends up inside HTML: the answers are application/json with nosniff.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, SkipValidation = true };

    private const int KeptCapacity = 1 << 20;

    [ThreadStatic]
    private static ArrayBufferWriter<byte>? t_buffer;

    [ThreadStatic]
    private static Utf8JsonWriter? t_json;

    /// <summary>Sends what <paramref name="write"/> writes, with status 200.</summary>
    public static Task SendAsync<TState>(HttpContext context, TState state, Action<Utf8JsonWriter, TState> write)
    {
        var response = context.Response;
        response.ContentType = "application/json; charset=utf-8";
        response.Headers.CacheControl = "no-store";
        var body = Write(state, write);
        response.ContentLength = body.Length;
        response.BodyWriter.Write(body);
        var sent = response.BodyWriter.FlushAsync(context.RequestAborted);
        return sent.IsCompletedSuccessfully ? Task.CompletedTask : sent.AsTask();
    }

    /// <summary>The same as bytes, for events; valid until the thread writes its next answer.</summary>
    public static ReadOnlySpan<byte> Write<TState>(TState state, Action<Utf8JsonWriter, TState> write)
    {
        var buffer = t_buffer;
        if (buffer is null || buffer.Capacity > KeptCapacity)
            t_buffer = buffer = new ArrayBufferWriter<byte>(16 * 1_024);
        buffer.ResetWrittenCount();
        var json = t_json ??= new Utf8JsonWriter(buffer, Options);
        json.Reset(buffer);
        write(json, state);
        json.Flush();
        return buffer.WrittenSpan;
    }
}
