using System.Buffers;

namespace Datt.Paid.Signalling;

/// <summary>
/// Names of peers: 1 to 128 of letters, digits, space, <c>. _ -</c>. That covers what PeerJS clients take for an id and every nodeId, and needs
/// no escaping in JSON.
/// </summary>
public static class PeerId
{
    /// <summary>Longest id, in characters.</summary>
    public const int MaxLength = 128;

    private static readonly SearchValues<char> Legal =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789 ._-");

    /// <summary>Whether a peer may be called so.</summary>
    public static bool IsLegal(ReadOnlySpan<char> id) => id.Length is >= 1 and <= MaxLength && !id.ContainsAnyExcept(Legal);

    /// <summary>A random one, as the PeerJS server makes them.</summary>
    public static string New() => Guid.NewGuid().ToString("D");
}
