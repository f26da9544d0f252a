using System.Net;
using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Datt.Paid.Client;

/// <summary>One request and its answer: key, idempotency, bounded retries, problem documents.</summary>
internal sealed class Transport(HttpClient http, DattClientOptions options)
{
    public TimeProvider Time => options.Time;

    public Uri Server => http.BaseAddress!;

    public string? ApiKey => options.ApiKey;

    public async Task<T> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken ct) =>
        await ReadAsync(HttpMethod.Get, path, null, type, ct).ConfigureAwait(false);

    public async Task<T> ReadAsync<T>(
        HttpMethod method, string path, Func<HttpContent>? body, JsonTypeInfo<T> type, CancellationToken ct)
    {
        using var response = await SendAsync(method, path, body, "application/json", ct).ConfigureAwait(false);
        var bytes = await BodyAsync(response, options.MaxResponseBytes, ct).ConfigureAwait(false);
        try
        {
            return JsonSerializer.Deserialize(bytes, type) ?? throw new JsonException("The answer is null.");
        }
        catch (JsonException e)
        {
            throw new DattException(DattException.UnexpectedAnswer,
                $"{http.BaseAddress} answered {method} {Shown(path)} with something else than the contract says: {e.Message}",
                response.StatusCode, inner: e);
        }
    }

    /// <summary>The answer as it came; one of more than <paramref name="most"/> bytes is an error.</summary>
    public async Task<byte[]> GetBytesAsync(string path, long most, CancellationToken ct)
    {
        using var response = await SendAsync(HttpMethod.Get, path, null, "application/json", ct).ConfigureAwait(false);
        return await BodyAsync(response, most, ct).ConfigureAwait(false);
    }

    public async Task DoAsync(HttpMethod method, string path, Func<HttpContent>? body, CancellationToken ct)
    {
        using var response = await SendAsync(method, path, body, "application/json", ct).ConfigureAwait(false);
    }

    /// <summary>The answer with its headers read and a status of success; the caller disposes it.</summary>
    /// <param name="asksForPass">A refusal shall come with an offer of a pass.</param>
    /// <param name="range">Part of the answer that is wanted; null for all of it.</param>
    public async Task<HttpResponseMessage> SendAsync(
        HttpMethod method, string path, Func<HttpContent>? body, string accept, CancellationToken ct, bool asksForPass = false,
        RangeHeaderValue? range = null)
    {
        var idempotencyKey = method == HttpMethod.Post ? Guid.NewGuid().ToString("N") : null;
        for (var attempt = 0; ; attempt++)
        {
            var response = await SendOnceAsync(method, path, body, accept, idempotencyKey, asksForPass, range, ct).ConfigureAwait(false);
            if (response.IsSuccessStatusCode)
            {
                return response;
            }

            using (response)
            {
                if (attempt >= options.MaxRetries || PauseBefore(response, attempt) is not { } pause)
                {
                    throw await RefusalAsync(response, method, path, ct).ConfigureAwait(false);
                }

                await Task.Delay(pause, options.Time, ct).ConfigureAwait(false);
            }
        }
    }

    private async Task<HttpResponseMessage> SendOnceAsync(
        HttpMethod method, string path, Func<HttpContent>? body, string accept, string? idempotencyKey, bool asksForPass, RangeHeaderValue? range,
        CancellationToken ct)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Accept.ParseAdd(accept);
        request.Headers.Range = range;
        if (options.Pass is { } pass)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("L402", pass);
        }
        else if (options.ApiKey is { } key)
        {
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", key);
        }

        if (asksForPass)
        {
            request.Headers.Add("Accept-Authenticate", "L402");
        }

        if (idempotencyKey is not null)
        {
            request.Headers.Add("Idempotency-Key", idempotencyKey);
        }

        request.Content = body?.Invoke();
        try
        {
            return await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct).ConfigureAwait(false);
        }
        catch (HttpRequestException e)
        {
            throw new DattException(DattException.Unreachable, $"{http.BaseAddress} cannot be reached: {e.Message}", inner: e);
        }
        catch (OperationCanceledException e) when (!ct.IsCancellationRequested)
        {
            throw new DattException(DattException.Unreachable, $"{http.BaseAddress} did not answer in time.", inner: e);
        }
    }

    /// <summary>How long to wait before trying again; null when trying again is no use or too late.</summary>
    private TimeSpan? PauseBefore(HttpResponseMessage response, int attempt)
    {
        var asked = RetryAfter(response);
        TimeSpan? pause = response.StatusCode switch
        {
            HttpStatusCode.ServiceUnavailable => asked ?? TimeSpan.FromMilliseconds(500 << Math.Min(attempt, 6)),
            // Without a time this is a quota (open invoices, queries of a day), which waiting a moment does not refill.
            HttpStatusCode.TooManyRequests => asked,
            _ => null,
        };
        return pause > options.MaxRetryDelay ? null : pause;
    }

    private TimeSpan? RetryAfter(HttpResponseMessage response)
    {
        var header = response.Headers.RetryAfter;
        var pause = header?.Delta ?? (header?.Date is { } date ? date - options.Time.GetUtcNow() : null);
        return pause < TimeSpan.Zero ? TimeSpan.Zero : pause;
    }

    private async Task<DattException> RefusalAsync(HttpResponseMessage response, HttpMethod method, string path, CancellationToken ct)
    {
        Problem? problem = null;
        if (response.Content.Headers.ContentType?.MediaType is "application/problem+json" or "application/json")
        {
            try
            {
                problem = JsonSerializer.Deserialize(await BodyAsync(response, options.MaxResponseBytes, ct).ConfigureAwait(false), ClientJson.Default.Problem);
            }
            catch (Exception e) when (e is JsonException or DattException)
            {
                // The status alone says what happened.
            }
        }

        var status = (int)response.StatusCode;
        var code = problem?.Code ?? CodeOf(response.StatusCode);
        var message = problem?.Detail ?? problem?.Title ?? $"{http.BaseAddress} answered {method} {Shown(path)} with {status}.";
        return new DattException(code, message, response.StatusCode, problem)
        {
            RetryAfter = RetryAfter(response),
            Challenges = response.Headers.TryGetValues("WWW-Authenticate", out var challenges) ? [.. challenges] : [],
        };
    }

    /// <summary>The body of an answer; one of more than <paramref name="most"/> bytes is an error.</summary>
    public async Task<byte[]> BodyAsync(HttpResponseMessage response, long most, CancellationToken ct)
    {
        try
        {
            await response.Content.LoadIntoBufferAsync(most, ct).ConfigureAwait(false);
            return await response.Content.ReadAsByteArrayAsync(ct).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or IOException)
        {
            throw new DattException(DattException.Unreachable, $"The answer of {http.BaseAddress} broke off: {e.Message}", response.StatusCode, inner: e);
        }
    }

    public static string CodeOf(HttpStatusCode status) => status switch
    {
        HttpStatusCode.Unauthorized => "unauthorized",
        HttpStatusCode.PaymentRequired => "payment_required",
        HttpStatusCode.Forbidden => "forbidden",
        HttpStatusCode.NotFound => "not_found",
        HttpStatusCode.Gone => "cursor_expired",
        HttpStatusCode.RequestEntityTooLarge => "record_too_large",
        HttpStatusCode.TooManyRequests => "quota_exceeded",
        HttpStatusCode.ServiceUnavailable or HttpStatusCode.BadGateway or HttpStatusCode.GatewayTimeout => "unavailable",
        HttpStatusCode.BadRequest => "invalid_request",
        _ => DattException.UnexpectedAnswer,
    };

    private static string Shown(string path) => path.Split('?')[0];
}
