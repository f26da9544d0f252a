using System.Globalization;
using Microsoft.Net.Http.Headers;

namespace Datt.Paid.Server.Sync;

/// <summary>The part of something that a request asks for (RFC 9110, section 14): all of it, or one range.</summary>
/// <param name="First">Where it begins.</param>
/// <param name="Count">How long it is, at least 1.</param>
/// <param name="Length">Length of the whole.</param>
public readonly record struct ByteRange(long First, long Count, long Length)
{
    /// <summary>False where the range lies outside, or several are asked for.</summary>
    public static bool TryRead(HttpRequest request, long length, out ByteRange range)
    {
        range = new ByteRange(0, length, length);
        if (request.Headers.Range.Count == 0)
            return true;
        if (!RangeHeaderValue.TryParse(request.Headers.Range.ToString(), out var ranges) || ranges.Unit != "bytes" || ranges.Ranges.Count != 1)
            return false;
        var asked = ranges.Ranges.First();
        if (asked.From is { } from)
            range = new ByteRange(from, Math.Min(asked.To ?? (length - 1), length - 1) - from + 1, length);
        else
        {
            var count = Math.Min(asked.To ?? 0, length);
            range = new ByteRange(length - count, count, length);
        }
        return range.First >= 0 && range.First < length && range.Count > 0;
    }

    /// <summary>Status and headers of an answer with these bytes, which never change.</summary>
    public void Begin(HttpResponse response)
    {
        var isPart = Count < Length;
        response.StatusCode = isPart ? StatusCodes.Status206PartialContent : StatusCodes.Status200OK;
        response.ContentType = "application/octet-stream";
        response.ContentLength = Count;
        response.Headers.AcceptRanges = "bytes";
        response.Headers.CacheControl = "public, max-age=86400, immutable";
        if (isPart)
            response.Headers.ContentRange = string.Create(CultureInfo.InvariantCulture, $"bytes {First}-{First + Count - 1}/{Length}");
    }
}
