using System.Net;
using Microsoft.AspNetCore.WebUtilities;

namespace Datt.Paid.Server.Signalling;

/// <summary>What a client asks for when it opens its socket.</summary>
/// <param name="Id">Who it wants to be.</param>
/// <param name="Token">What it can take its id over with later: a random text, or an API key.</param>
/// <param name="Address">Where it comes from, behind trusted proxies.</param>
public sealed record SocketRequest(string Key, string Id, string Token, IPAddress? Address)
{
    /// <summary>Reads a query string, with or without its question mark. Of a name given twice the last counts, as in the PeerJS server.</summary>
    public static SocketRequest Read(string? query, IPAddress? address)
    {
        string key = "", id = "", token = "";
        foreach (var pair in new QueryStringEnumerable(query))
        {
            var name = pair.DecodeName().Span;
            if (name is "key")
                key = pair.DecodeValue().ToString();
            else if (name is "id")
                id = pair.DecodeValue().ToString();
            else if (name is "token")
                token = pair.DecodeValue().ToString();
        }
        return new SocketRequest(key, id, token, address);
    }
}
