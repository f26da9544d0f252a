using System.Text.Json;
using System.Text.Json.Serialization;

namespace Datt.Paid.Client;

/// <summary>RFC 9457 problem document, with the members that this contract adds.</summary>
public sealed record Problem
{
    /// <summary>Short summary of the kind of problem.</summary>
    public string? Title { get; init; }

    /// <summary>HTTP status.</summary>
    public int? Status { get; init; }

    /// <summary>What was wrong with this request, and what to do.</summary>
    public string? Detail { get; init; }

    /// <summary>Stable machine-readable code.</summary>
    public string? Code { get; init; }

    /// <summary>With <c>invalid_query</c>: where in the query, in characters from 0.</summary>
    public int? Position { get; init; }

    /// <summary>With <c>payment_required</c>: the price of one month.</summary>
    public Price? Price { get; init; }

    /// <summary>With <c>payment_required</c>: what that price buys.</summary>
    public Coverage? Coverage { get; init; }

    /// <summary>With <c>payment_required</c>: where to subscribe.</summary>
    public string? SubscribeUrl { get; init; }

    /// <summary>Members this client does not know.</summary>
    [JsonExtensionData]
    public IDictionary<string, JsonElement>? Others { get; set; }
}
