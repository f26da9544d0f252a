using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Nodes;
using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.Nodes;

/// <summary>The bounds of what a node says of itself, by heartbeat or socket.</summary>
public static class PresenceCheck
{
    private const int DefaultTtl = 120;
    private const int MaxKind = 50;

    public static bool TryRead(
        NodePresence presence, [NotNullWhen(true)] out NodeEndpoints? endpoints, out TimeSpan ttl, [NotNullWhen(false)] out Problem? problem)
    {
        endpoints = null;
        ttl = default;
        problem = null;
        if (presence.Endpoints is null)
            problem = Problem.Invalid("endpoints", "endpoints is missing; it is an array of URLs, which may be empty.");
        else if (!NodeEndpoints.TryCreate(presence.Endpoints, out endpoints, out var wrong))
            problem = Problem.Invalid("endpoints", wrong);
        else if ((presence.TtlSeconds ?? DefaultTtl) is < 10 or > 86_400)
            problem = Problem.Invalid("ttlSeconds", "ttlSeconds must be from 10 to 86400.");
        else if (presence.Kind is { } kind && (kind.Length > MaxKind || kind.Any(char.IsControl)))
            problem = Problem.Invalid("kind", $"kind must be at most {MaxKind} characters without control characters.");
        else
            ttl = TimeSpan.FromSeconds(presence.TtlSeconds ?? DefaultTtl);
        return problem is null;
    }
}
