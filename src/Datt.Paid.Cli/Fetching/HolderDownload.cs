using System.Net;
using System.Security.Cryptography;
using System.Text.Json.Serialization;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Fetching;

/// <summary>What one try at one address of a holder came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<TryOutcome>))]
public enum TryOutcome
{
    /// <summary>The content, with the right hash.</summary>
    [JsonStringEnumMemberName("delivered")]
    Delivered,

    /// <summary>Nobody there, or the connection broke.</summary>
    [JsonStringEnumMemberName("unreachable")]
    Unreachable,

    /// <summary>It answers, and does not give the content.</summary>
    [JsonStringEnumMemberName("refused")]
    Refused,

    /// <summary>Other bytes than asked for.</summary>
    [JsonStringEnumMemberName("wrongContent")]
    WrongContent,

    /// <summary>More bytes than were announced; not read to the end.</summary>
    [JsonStringEnumMemberName("tooLong")]
    TooLong,

    /// <summary>Nothing for a while, or far too slow.</summary>
    [JsonStringEnumMemberName("stalled")]
    Stalled,
}

/// <summary>One try.</summary>
public sealed record Try(string NodeId, string Address, TryOutcome Outcome, string? Detail);

/// <summary>How patient a download is.</summary>
public sealed record DownloadLimits
{
    /// <summary>For contents whose size was not announced.</summary>
    public long MaxBytes { get; init; } = 1024L * 1024 * 1024;

    /// <summary>How long a holder may send nothing.</summary>
    public TimeSpan Stall { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>Bytes per second, on average after the first minute, that a holder must reach.</summary>
    public long LeastRate { get; init; } = 4 * 1024;

    /// <summary>Addresses that are tried in all.</summary>
    public int MaxTries { get; init; } = 32;
}

/// <summary>
/// Gets a content straight from those who hold it, one after the other, until one delivers bytes with the right hash. Nothing that a
/// holder sends is believed, and it is not led anywhere else: redirects count as a refusal.
/// </summary>
public sealed class HolderDownload(HttpClient http, DownloadLimits limits, TimeProvider time)
{
    private const string Prefix = "sha256:";

    /// <summary>A client as this class needs it.</summary>
    public static HttpClient Http() => new(new SocketsHttpHandler
    {
        AllowAutoRedirect = false,
        ConnectTimeout = TimeSpan.FromSeconds(5),
        AutomaticDecompression = DecompressionMethods.None,
        UseCookies = false,
    })
    { Timeout = Timeout.InfiniteTimeSpan };

    /// <summary>Whether the id tells how to check the content.</summary>
    public static bool IsCheckable(string contentId) =>
        contentId.Length == Prefix.Length + 64 && contentId.StartsWith(Prefix, StringComparison.Ordinal)
        && contentId.AsSpan(Prefix.Length).IndexOfAnyExcept("0123456789abcdef") < 0;

    /// <summary>Writes the content into <paramref name="target"/>, which is emptied before every try.</summary>
    /// <param name="entry">The record with its holders; an announced size bounds what is read.</param>
    /// <param name="target">Seekable. Holds the content if the last try delivered it, else anything.</param>
    /// <param name="progress">Bytes so far, of the current try.</param>
    /// <param name="ct">Ends the download.</param>
    /// <returns>All tries; the last one delivered, or none did.</returns>
    public async Task<IReadOnlyList<Try>> FetchAsync(ContentEntry entry, Stream target, IProgress<long>? progress, CancellationToken ct)
    {
        var tries = new List<Try>();
        foreach (var (node, address) in Addresses(entry).Take(limits.MaxTries))
        {
            target.Position = 0;
            target.SetLength(0);
            var (outcome, detail) = await TryAsync(entry, address, target, progress, ct).ConfigureAwait(false);
            tries.Add(new Try(node, address.AbsoluteUri, outcome, detail));
            if (outcome == TryOutcome.Delivered)
            {
                break;
            }
        }

        return tries;
    }

    /// <summary>Where the content should be: those who are present first, those who are not last.</summary>
    public static IEnumerable<(string NodeId, Uri Address)> Addresses(ContentEntry entry) =>
        from holder in entry.Holders.OrderBy(h => h.Online switch { true => 0, null => 1, false => 2 })
        from endpoint in (holder.Endpoints ?? []).Take(8)
        where Uri.TryCreate(endpoint, UriKind.Absolute, out var uri) && uri.Scheme is "http" or "https"
        select (holder.NodeId, new Uri($"{endpoint.TrimEnd('/')}/content/{entry.ContentId}"));

    private async Task<(TryOutcome, string?)> TryAsync(
        ContentEntry entry, Uri address, Stream target, IProgress<long>? progress, CancellationToken ct)
    {
        var most = entry.Size ?? limits.MaxBytes;
        using var stall = new CancellationTokenSource(limits.Stall, time);
        using var slow = new CancellationTokenSource(TimeSpan.FromMinutes(1) + TimeSpan.FromSeconds((double)most / limits.LeastRate), time);
        using var any = CancellationTokenSource.CreateLinkedTokenSource(stall.Token, slow.Token, ct);
        try
        {
            using var response = await http.GetAsync(address, HttpCompletionOption.ResponseHeadersRead, any.Token).ConfigureAwait(false);
            if (response.StatusCode != HttpStatusCode.OK)
            {
                return (TryOutcome.Refused, $"answered {(int)response.StatusCode}");
            }

            if (response.Content.Headers.ContentLength > most)
            {
                return (TryOutcome.TooLong, $"offers {response.Content.Headers.ContentLength} bytes of at most {most}");
            }

            await using var body = await response.Content.ReadAsStreamAsync(any.Token).ConfigureAwait(false);
            return await CopyAsync(entry.ContentId, body, target, most, progress, stall, any.Token).ConfigureAwait(false);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return (TryOutcome.Stalled, stall.IsCancellationRequested ? $"sent nothing for {limits.Stall.TotalSeconds:0} s" : "too slow");
        }
        catch (Exception e) when (e is HttpRequestException or HttpIOException)
        {
            ct.ThrowIfCancellationRequested();
            return (TryOutcome.Unreachable, e.Message);
        }
    }

    private async Task<(TryOutcome, string?)> CopyAsync(
        string contentId, Stream body, Stream target, long most, IProgress<long>? progress, CancellationTokenSource stall, CancellationToken ct)
    {
        using var sha = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var buffer = new byte[64 * 1024];
        long size = 0;
        while (await body.ReadAsync(buffer, ct).ConfigureAwait(false) is > 0 and var read)
        {
            size += read;
            if (size > most)
            {
                return (TryOutcome.TooLong, $"sends more than {most} bytes");
            }

            stall.CancelAfter(limits.Stall);
            sha.AppendData(buffer, 0, read);
            await target.WriteAsync(buffer.AsMemory(0, read), ct).ConfigureAwait(false);
            progress?.Report(size);
        }

        var id = Prefix + Convert.ToHexStringLower(sha.GetHashAndReset());
        return id == contentId ? (TryOutcome.Delivered, null) : (TryOutcome.WrongContent, $"sent {size} bytes with the id {id}");
    }
}
