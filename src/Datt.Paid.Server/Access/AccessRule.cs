using Datt.Paid.Storage;

namespace Datt.Paid.Server.Access;

/// <summary>What a call asks of its caller, as metadata of its endpoint. A call without a rule is open and counted by address.</summary>
/// <param name="Scope">Scope that the key must have; <see cref="Scopes.None"/> where no key is asked for.</param>
public sealed record AccessRule(Scopes Scope)
{
    /// <summary>No key and no limit on the rate: operations.</summary>
    public bool IsUnlimited { get; init; }

    /// <summary>The key may also stand in the query as <c>key=</c>, for programs that cannot send headers.</summary>
    public bool TakesKeyOfQuery { get; init; }

    /// <summary>Whether a subscription is asked for too, unless search is free.</summary>
    public bool IsSearch => Scope == Scopes.Search;
}

/// <summary>The one who calls, known by an API key.</summary>
/// <param name="AccountId">Whose key it is.</param>
/// <param name="KeyId">Which key it is.</param>
/// <param name="Scopes">Everything the key may be used for.</param>
public sealed record Caller(string AccountId, string KeyId, Scopes Scopes);

/// <summary>Reading and stating who may call.</summary>
public static class AccessRules
{
    private static readonly AccessRule Unlimited = new(Scopes.None) { IsUnlimited = true };

    /// <summary>The call needs a key with this scope.</summary>
    public static T Needs<T>(this T endpoint, Scopes scope) where T : IEndpointConventionBuilder =>
        endpoint.WithMetadata(new AccessRule(scope));

    /// <summary>The call is never limited.</summary>
    public static T IsUnlimited<T>(this T endpoint) where T : IEndpointConventionBuilder => endpoint.WithMetadata(Unlimited);

    /// <summary>The caller of a call that needs a key.</summary>
    public static Caller Caller(this HttpContext context) =>
        context.Features.Get<Caller>() ?? throw new InvalidOperationException("The endpoint has no access rule that asks for a key.");

    /// <summary>A name for whoever calls: the account, or the address without a key.</summary>
    public static string CallerName(this HttpContext context) =>
        context.Features.Get<Caller>()?.AccountId ?? Limits.ClientAddress.Of(context.Connection.RemoteIpAddress).ToString();
}
