using System.Text.Json;

namespace Datt.Paid.Client;

/// <summary>What a server knows of the network.</summary>
public sealed class NetworkClient
{
    private readonly Transport _transport;

    internal NetworkClient(Transport transport) => _transport = transport;

    /// <summary>One page of the other servers that this one knows, as they describe themselves. Their signatures are not checked here.</summary>
    public Task<KnownServers> PageAsync(string? cursor = null, CancellationToken ct = default) =>
        _transport.GetAsync(new Query("federation/v1/servers").With("cursor", cursor).ToString(), ClientJson.Default.KnownServers, ct);

    /// <summary>The same page with each card as it came, byte for byte, so that its signature can be checked.</summary>
    public Task<SignedServers> SignedPageAsync(string? cursor = null, CancellationToken ct = default) =>
        _transport.GetAsync(new Query("federation/v1/servers").With("cursor", cursor).ToString(), ClientJson.Default.SignedServers, ct);

    /// <summary>
    /// Takes whoever answers at the address of a refused server for the one to be known there. Needs the scope <c>operator</c>. Codes <c>not_found</c>,
    /// <c>conflict</c> when the server is not refused, or what answers is no sound card of that address.
    /// </summary>
    /// <param name="serverId">The id that is known there so far.</param>
    /// <param name="ct">Gives up.</param>
    public Task<AcceptedServer> AcceptAsync(string serverId, CancellationToken ct = default) =>
        _transport.ReadAsync(HttpMethod.Post, $"api/v1/admin/servers/{Query.Segment(serverId)}/accept", null, ClientJson.Default.AcceptedServer, ct);
}

/// <summary>Who is known at an address now.</summary>
/// <param name="Former">The id that was known there before; the same where only the key changed.</param>
public sealed record AcceptedServer(string Id, string Former, string Url, string Name);

/// <summary>A page of servers.</summary>
public sealed record KnownServers
{
    /// <summary>Their cards.</summary>
    public IReadOnlyList<ServerCard> Servers { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}

/// <summary>A page of signed cards.</summary>
public sealed record SignedServers
{
    /// <summary>Their cards; <see cref="JsonElement.GetRawText"/> is what was signed.</summary>
    public IReadOnlyList<JsonElement> Servers { get => field ?? []; init; }

    /// <summary>Cursor of the next page; null at the end.</summary>
    public string? Next { get; init; }
}
