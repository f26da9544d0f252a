using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Polly;

namespace Datt.Paid.Payments.BtcPay;

/// <summary>Sends one call and turns whatever comes back into an answer. The key goes into the header and nowhere else.</summary>
public sealed class BtcPayTransport(IHttpClientFactory clients, IOptions<BtcPayOptions> options)
{
    /// <summary>Name of the client at the factory.</summary>
    public const string ClientName = "btcpay";

    /// <summary>Largest answer that is read, in bytes: a page of a hundred invoices with all their payments is far smaller.</summary>
    public const int MaximumAnswer = 8 * 1024 * 1024;

    private const int MaximumMessage = 1_000;

    /// <param name="method">GET is repeated by itself, nothing else.</param>
    /// <param name="path">Below the base URL, without a slash at its beginning.</param>
    /// <param name="answer">What is read.</param>
    /// <param name="body">What is sent.</param>
    /// <param name="ct">Gives up.</param>
    /// <param name="key">Another key than the usual one.</param>
    internal async Task<BtcPayAnswer<T>> SendAsync<T>(
        HttpMethod method, string path, JsonTypeInfo<T> answer, HttpContent? body, CancellationToken ct, string? key = null) where T : class
    {
        try
        {
            using var request = new HttpRequestMessage(method, new Uri(options.Value.BaseAddress, path)) { Content = body };
            request.Headers.Authorization = new AuthenticationHeaderValue("token", key ?? options.Value.ApiKey);
            request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, ct);
            var bytes = await response.Content.ReadAsByteArrayAsync(ct);
            var read = response.StatusCode is HttpStatusCode.OK or HttpStatusCode.Accepted ? Read(bytes, answer) : new(null, Failure(response, bytes));
            return read with { Date = response.Headers.Date };
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ExecutionRejectedException or IOException)
        {
            return new(null, new BtcPayFailure.Unavailable($"no answer from {options.Value.Url}: {e.Message}", Cause: e));
        }
    }

    internal static HttpContent Body<T>(T value, JsonTypeInfo<T> type)
    {
        var content = new ByteArrayContent(JsonSerializer.SerializeToUtf8Bytes(value, type));
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    private static BtcPayAnswer<T> Read<T>(byte[] bytes, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            if (JsonSerializer.Deserialize(bytes, type) is { } value)
                return new(value, null);
        }
        catch (JsonException e)
        {
            return new(null, new BtcPayFailure.Unavailable($"the answer is not what BTCPay sends: {e.Message}", 200, Cause: e));
        }
        return new(null, new BtcPayFailure.Unavailable("the answer is empty", 200));
    }

    private BtcPayFailure Failure(HttpResponseMessage response, byte[] bytes)
    {
        var status = (int)response.StatusCode;
        var error = Try(bytes, BtcPayJson.Default.BtcPayErrorBody);
        var message = Clip(error?.Message ?? error?.Code ?? response.ReasonPhrase ?? "");
        return status switch
        {
            401 when error is not null => new BtcPayFailure.Unauthenticated(message),
            403 or 404 when error is not null => new BtcPayFailure.NotFoundOrForbidden(error.MissingPermission, message),
            422 when Try(bytes, BtcPayJson.Default.ListBtcPayFieldError) is { } errors =>
                new BtcPayFailure.Invalid([.. errors.Take(20).Select(e => e with { Message = Clip(e.Message) })]),
            >= 400 and < 500 and not 408 and not 429 when error is not null => new BtcPayFailure.Refused(error.Code, message),
            >= 300 and < 400 => new BtcPayFailure.Unavailable(
                $"{options.Value.Url} redirects to {response.Headers.Location?.GetLeftPart(UriPartial.Path)}; set {BtcPayOptions.Section}:Url to where BTCPay is", status),
            408 or 429 or >= 500 => new BtcPayFailure.Unavailable($"status {status}: {message}", status, RetryAfter(response)),
            _ => new BtcPayFailure.Unavailable($"status {status} from {options.Value.Url}, which is not BTCPay's way to answer", status),
        };
    }

    private static T? Try<T>(byte[] bytes, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            return JsonSerializer.Deserialize(bytes, type);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static TimeSpan? RetryAfter(HttpResponseMessage response) => response.Headers.RetryAfter?.Delta;

    private static string Clip(string text) => text.Length <= MaximumMessage ? text : text[..MaximumMessage] + "…";
}
