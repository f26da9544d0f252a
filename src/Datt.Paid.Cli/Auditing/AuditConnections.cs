using System.Collections.Concurrent;
using Datt.Paid.Cli.Network;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Auditing;

/// <summary>Clients of the servers that an audit asks, made when they are first needed. Nobody public leads to a private address.</summary>
internal sealed class AuditConnections : IDisposable
{
    private readonly ConcurrentDictionary<string, Lazy<HttpClient>> _clients = new(StringComparer.Ordinal);
    private readonly HttpMessageHandler _own;
    private readonly HttpMessageHandler _others;
    private readonly AuditLimits _limits;
    private readonly TimeProvider _time;

    private AuditConnections(Uri audited, bool auditedIsPrivate, bool startIsPrivate, AuditLimits limits, TimeProvider time)
    {
        (Audited, AllowsPrivate, _limits, _time) = (audited, startIsPrivate, limits, time);
        _own = WalkConnections.Handler(auditedIsPrivate, limits.PerRequest);
        _others = WalkConnections.Handler(startIsPrivate, limits.PerRequest);
    }

    /// <summary>Address of the audited server.</summary>
    public Uri Audited { get; }

    /// <summary>Whether private addresses may be called: the auditor's own list begins at one.</summary>
    public bool AllowsPrivate { get; }

    /// <param name="audited">The audited server.</param>
    /// <param name="start">Where the auditor's own list begins.</param>
    /// <param name="limits">How patient the audit is.</param>
    /// <param name="time">The clock.</param>
    /// <param name="ct">Ends looking the names up.</param>
    public static async Task<AuditConnections> OpenAsync(Uri audited, Uri start, AuditLimits limits, TimeProvider time, CancellationToken ct) => new(
        audited, await WalkConnections.IsPrivateAsync(audited, ct).ConfigureAwait(false), await WalkConnections.IsPrivateAsync(start, ct).ConfigureAwait(false), limits, time);

    /// <summary>The audited server, with or without a key.</summary>
    public DattClient OfAudited(string? key = null) => Client(Http("audited", Audited, _own), key);

    /// <summary>Any server that was met.</summary>
    public DattClient At(Uri server) => server == Audited ? OfAudited() : Client(Http(server.AbsoluteUri, server, _others), null);

    /// <summary>One question, which is given up when the whole answer is not there in time.</summary>
    /// <exception cref="OperationCanceledException">The audit itself was ended.</exception>
    public async Task<Asked<T>> AskAsync<T>(Func<CancellationToken, Task<T>> question, CancellationToken ct)
        where T : class
    {
        using var patience = new CancellationTokenSource(2 * _limits.PerRequest, _time);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(ct, patience.Token);
        try
        {
            return new Asked<T>(await question(either.Token).ConfigureAwait(false), null, null);
        }
        catch (DattException e)
        {
            ct.ThrowIfCancellationRequested();
            return new Asked<T>(null, e.Code, e.Message);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return new Asked<T>(null, DattException.Unreachable, "No whole answer came in time.");
        }
    }

    /// <summary>For contents, straight from those who hold them.</summary>
    public HttpClient ForHolders() => new(_others, disposeHandler: false) { Timeout = Timeout.InfiniteTimeSpan };

    public void Dispose()
    {
        foreach (var client in _clients.Values)
        {
            client.Value.Dispose();
        }

        _own.Dispose();
        _others.Dispose();
    }

    private HttpClient Http(string name, Uri address, HttpMessageHandler handler) => _clients.GetOrAdd(
        name, _ => new Lazy<HttpClient>(() => new HttpClient(handler, disposeHandler: false) { BaseAddress = address, Timeout = _limits.PerRequest })).Value;

    private DattClient Client(HttpClient http, string? key) =>
        new(http, new DattClientOptions { ApiKey = key, MaxRetries = 2, MaxRetryDelay = TimeSpan.FromSeconds(3), MaxResponseBytes = _limits.AnswerBytes, Time = _time });
}

/// <summary>An answer, or why there is none.</summary>
/// <param name="Value">Null where it was refused.</param>
/// <param name="Code">Of the refusal, as <see cref="DattException.Code"/>.</param>
/// <param name="Problem">The refusal in words.</param>
internal sealed record Asked<T>(T? Value, string? Code, string? Problem)
    where T : class
{
    /// <summary>Whether the server gives no more for nothing: neither a yes nor a no to what was asked.</summary>
    public bool IsLimit => Code is "quota_exceeded" or "payment_required" or "unauthorized" or "forbidden";

    /// <summary>Whether nobody answered.</summary>
    public bool IsSilence => Code == DattException.Unreachable;
}
