using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using Datt.Paid.Protocol.Addresses;

namespace Datt.Paid.Outbound;

/// <summary>
/// Calls addresses that come from strangers. Nothing but what <see cref="UrlRules"/> and <see cref="AddressRules"/> allow is connected to, at
/// any redirect; time, size and number of redirects are bounded; no cookies, no proxies, no credentials, no traces.
/// </summary>
public sealed class OutboundClient(IHttpClientFactory clients, UrlRules rules, TimeProvider time)
{
    /// <summary>Name of the client at <see cref="IHttpClientFactory"/>.</summary>
    internal const string Name = "Datt.Paid.Outbound";

    /// <summary>Makes one call. Whatever the other side does is an outcome; nothing of it is thrown.</summary>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<OutboundOutcome> SendAsync(OutboundRequest request, CancellationToken ct)
    {
        if (!rules.TryRead(request.Url, out var url, out var problem))
            return new OutboundOutcome.Refused(problem);
        using var patience = new CancellationTokenSource(request.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return await FollowAsync(request, url, either.Token);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested && OutcomeOf(fault, patience.IsCancellationRequested) is { } outcome)
        {
            return outcome;
        }
    }

    /// <summary>
    /// Opens an answer that goes on: <see cref="OutboundRequest.Timeout"/> holds until its headers are here, the reader bounds the rest. Redirects are not followed.
    /// </summary>
    /// <returns>Null where the answer is not 200, or there is none.</returns>
    /// <exception cref="OperationCanceledException">The caller gave up.</exception>
    public async Task<HttpResponseMessage?> OpenAsync(OutboundRequest request, CancellationToken ct)
    {
        if (!rules.TryRead(request.Url, out var url, out _))
            return null;
        using var patience = new CancellationTokenSource(request.Timeout, time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            using var message = Message(request with { MaxResponseBytes = 0 }, url);
            var response = await clients.CreateClient(Name).SendAsync(message, HttpCompletionOption.ResponseHeadersRead, either.Token);
            if (response.StatusCode == HttpStatusCode.OK)
                return response;
            response.Dispose();
            return null;
        }
        catch (Exception fault) when (!ct.IsCancellationRequested && OutcomeOf(fault, patience.IsCancellationRequested) is not null)
        {
            return null;
        }
    }

    private async Task<OutboundOutcome> FollowAsync(OutboundRequest request, Uri url, CancellationToken ct)
    {
        // A client of the factory's current handler; cheap, and not to be disposed of.
        var client = clients.CreateClient(Name);
        for (var redirects = 0; ; redirects++)
        {
            using var message = Message(request, url);
            using var response = await client.SendAsync(message, HttpCompletionOption.ResponseHeadersRead, ct);
            if (request.MaxRedirects == 0 || request.Method != HttpMethod.Get || !IsRedirect(response.StatusCode) || response.Headers.Location is not { } location)
                return await AnswerAsync(request, response, url, ct);
            if (redirects == request.MaxRedirects)
                return new OutboundOutcome.Failed(OutboundFailure.TooManyRedirects);
            if (!Uri.TryCreate(url, location, out var next))
                return new OutboundOutcome.Failed(OutboundFailure.Broken);
            if (!rules.TryRead(next.AbsoluteUri, out var read, out var problem))
                return new OutboundOutcome.Refused(problem);
            if (url.Scheme == Uri.UriSchemeHttps && read.Scheme == Uri.UriSchemeHttp)
                return new OutboundOutcome.Refused("must not lead from https:// to http://");
            url = read;
        }
    }

    private static HttpRequestMessage Message(OutboundRequest request, Uri url)
    {
        var message = new HttpRequestMessage(request.Method, url);
        foreach (var (name, value) in request.Headers)
            message.Headers.Add(name, value);
        message.Headers.TryAddWithoutValidation("User-Agent", "Datt.Paid");
        if (request.MaxResponseBytes > 0)
            message.Headers.TryAddWithoutValidation("Accept-Encoding", BoundedBody.Accepted);
        if (request.Body is { } body)
        {
            message.Content = new ReadOnlyMemoryContent(body);
            message.Content.Headers.ContentType = MediaTypeHeaderValue.Parse(request.ContentType);
        }
        return message;
    }

    private static async Task<OutboundOutcome> AnswerAsync(OutboundRequest request, HttpResponseMessage response, Uri url, CancellationToken ct)
    {
        byte[]? body = [];
        if (request.MaxResponseBytes > 0)
            body = await BoundedBody.ReadAsync(response.Content, request.MaxResponseBytes, ct);
        return body is null
            ? new OutboundOutcome.Failed(OutboundFailure.TooLarge)
            : new OutboundOutcome.Answered((int)response.StatusCode, url, response.Content.Headers.ContentType?.MediaType, body);
    }

    private static bool IsRedirect(HttpStatusCode status) => (int)status is 301 or 302 or 303 or 307 or 308;

    private static OutboundOutcome? OutcomeOf(Exception fault, bool timedOut) => fault switch
    {
        _ when Inner<AddressRefusedException>(fault) is { } refused => new OutboundOutcome.Refused(refused.Message),
        _ when timedOut => new OutboundOutcome.Failed(OutboundFailure.TimedOut),
        _ when Inner<UnresolvedException>(fault) is not null => new OutboundOutcome.Failed(OutboundFailure.Unresolved),
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError or HttpRequestError.SecureConnectionError } or SocketException =>
            new OutboundOutcome.Failed(OutboundFailure.Unreachable),
        HttpRequestException { InnerException: SocketException } => new OutboundOutcome.Failed(OutboundFailure.Unreachable),
        HttpRequestException or IOException or InvalidDataException => new OutboundOutcome.Failed(OutboundFailure.Broken),
        _ => null,
    };

    private static T? Inner<T>(Exception? fault) where T : Exception
    {
        for (; fault is not null; fault = fault.InnerException)
        {
            if (fault is T found)
                return found;
        }
        return null;
    }
}
