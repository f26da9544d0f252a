namespace Datt.Paid.Signalling;

/// <summary>The other servers, as far as the relay needs them.</summary>
public interface IOtherServers
{
    /// <summary>Ids of servers that answer, those that answer soonest first.</summary>
    IReadOnlyList<string> Reachable { get; }

    /// <summary>
    /// Sends a body of <see cref="RelayWire"/> in this server's name. Null where the other server did not take it, for whatever reason; must end
    /// within a few seconds.
    /// </summary>
    Task<byte[]?> PostAsync(string serverId, byte[] body, CancellationToken ct);
}
