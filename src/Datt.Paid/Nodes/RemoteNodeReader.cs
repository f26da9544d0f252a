using System.Globalization;
using System.Text.Json;
using Datt.Paid.Outbound;
using Datt.Paid.Protocol.Records;

namespace Datt.Paid.Nodes;

/// <summary>How asking a server for its nodes ended.</summary>
public enum RemoteReading
{
    /// <summary>Its word is up to date.</summary>
    Done,

    /// <summary>It did not answer, or not in time, or with an error.</summary>
    Failed,

    /// <summary>It answered something else than the contract says.</summary>
    Wrong,
}

/// <summary>
/// Asks other servers which of their nodes are present: everything once, then only what changed since. A server that started anew, or that was
/// not asked for long, says that it does not know the version, and is read whole again.
/// </summary>
public sealed class RemoteNodeReader(OutboundClient outbound, RemoteNodes remote, TimeProvider time)
{
    private const int Page = 500;
    private const int MaxPages = 400;
    private const int MaxAnswer = 6 * 1_024 * 1_024;
    private const int MaxKind = 50;

    /// <summary>For one page.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>Brings the word of one server up to date. Never called twice at once for the same server.</summary>
    public async Task<RemoteReading> ReadAsync(string server, Uri url, CancellationToken ct)
    {
        if (remote.TryGet(server, out var view) && view.Version.Length > 0)
        {
            if (await ReadChangesAsync(view, url, ct) is { } reading)
                return reading;
        }
        return await ReadAllAsync(server, url, ct);
    }

    /// <summary>Null where the server does not know the version.</summary>
    private async Task<RemoteReading?> ReadChangesAsync(RemoteView view, Uri url, CancellationToken ct)
    {
        for (var pages = 0; pages < MaxPages; pages++)
        {
            var asked = time.GetUtcNow();
            var (status, answer) = await AskAsync(url, $"since={Uri.EscapeDataString(view.Version)}", ct);
            if (status is 410 or 400)
                return null;
            if (answer?.Version is not { Length: > 0 and <= 100 } version)
                return status == 200 ? RemoteReading.Wrong : RemoteReading.Failed;
            foreach (var node in answer.Nodes ?? [])
            {
                if (Checked(node) is { } present)
                    remote.TryAdd(view, present);
                else if (node?.NodeId is { } gone)
                    remote.Remove(view, gone);
            }
            view.Version = version;
            if (answer.Next is null)
            {
                view.AsOf = asked;
                return RemoteReading.Done;
            }
        }
        return RemoteReading.Wrong;
    }

    private async Task<RemoteReading> ReadAllAsync(string server, Uri url, CancellationToken ct)
    {
        var view = remote.Begin(server, time.GetUtcNow());
        var isWhole = false;
        try
        {
            var reading = await ReadAllAsync(view, url, ct);
            isWhole = reading == RemoteReading.Done;
            return reading;
        }
        finally
        {
            if (isWhole)
                remote.Replace(view);
            else
                remote.Drop(view);
        }
    }

    private async Task<RemoteReading> ReadAllAsync(RemoteView view, Uri url, CancellationToken ct)
    {
        string? cursor = null;
        for (var pages = 0; pages < MaxPages && !view.IsCut; pages++)
        {
            var (status, answer) = await AskAsync(url, cursor is null ? "online=true" : $"online=true&cursor={Uri.EscapeDataString(cursor)}", ct);
            if (answer?.Nodes is not { } nodes)
                return status == 200 ? RemoteReading.Wrong : RemoteReading.Failed;
            // Of the first page: what changed while the others were read is asked for afterwards.
            if (pages == 0 && answer.Version is { Length: <= 100 } version)
                view.Version = version;
            foreach (var node in nodes)
            {
                if (Checked(node) is { } present && !remote.TryAdd(view, present))
                    break;
            }
            if (answer.Next is not { Length: > 0 and <= 500 } next)
                return RemoteReading.Done;
            cursor = next;
        }
        view.IsCut = true;
        return RemoteReading.Done;
    }

    private async Task<(int Status, RemoteAnswer? Answer)> AskAsync(Uri url, string query, CancellationToken ct)
    {
        var path = string.Create(CultureInfo.InvariantCulture, $"{url.AbsoluteUri.TrimEnd('/')}/federation/v1/nodes?limit={Page}&{query}");
        var outcome = await outbound.SendAsync(
            new OutboundRequest(HttpMethod.Get, path) { Timeout = Patience, MaxResponseBytes = MaxAnswer }, ct);
        if (outcome is not OutboundOutcome.Answered answered)
            return (0, null);
        if (answered.Status != 200)
            return (answered.Status, null);
        try
        {
            return (200, JsonSerializer.Deserialize<RemoteAnswer>(answered.Body, JsonSerializerOptions.Web));
        }
        catch (JsonException)
        {
            return (200, null);
        }
    }

    private static RemoteNode? Checked(RemoteAnswerNode? node)
    {
        if (node is not { Online: true, NodeId: { } name } || !RecordVerifier.IsNodeId(name))
            return null;
        var kind = node.Kind is { Length: <= MaxKind } said && !said.Any(char.IsControl) ? said : null;
        return NodeEndpoints.TryCreate(node.Endpoints ?? [], out var endpoints, out _) ? new RemoteNode(name, endpoints, kind) : new RemoteNode(name, NodeEndpoints.None, kind);
    }

    private sealed record RemoteAnswer(IReadOnlyList<RemoteAnswerNode?>? Nodes, string? Next, string? Version);

    private sealed record RemoteAnswerNode(string? NodeId, IReadOnlyList<string?>? Endpoints, string? Kind, bool? Online);
}
