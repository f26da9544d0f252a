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
}

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
