namespace Datt.Paid.Client;

/// <summary>The server itself. None of these calls needs a key.</summary>
public sealed class ServerClient
{
    private const int MaxCardBytes = 64 * 1024;

    private readonly Transport _transport;

    internal ServerClient(Transport transport) => _transport = transport;

    /// <summary>The signed card: name, price, coverage, nodes. The signature is not checked here.</summary>
    public Task<ServerCard> CardAsync(CancellationToken ct = default) =>
        _transport.GetAsync("api/v1/server", ClientJson.Default.ServerCard, ct);

    /// <summary>The card byte for byte as the server signed it, at most 64 KiB, so that its signature can be checked.</summary>
    public Task<byte[]> SignedCardAsync(CancellationToken ct = default) => _transport.GetBytesAsync("api/v1/server", MaxCardBytes, ct);

    /// <summary>How the price comes about, and what it was.</summary>
    public Task<PricingTable> PricingAsync(CancellationToken ct = default) =>
        _transport.GetAsync("api/v1/pricing", ClientJson.Default.PricingTable, ct);

    /// <summary>Whether everything acknowledged before is searchable. False also when nobody answers.</summary>
    public async Task<bool> IsReadyAsync(CancellationToken ct = default)
    {
        try
        {
            using var response = await _transport.SendAsync(HttpMethod.Get, "health/ready", null, "*/*", ct).ConfigureAwait(false);
            return true;
        }
        catch (DattException)
        {
            return false;
        }
    }
}
