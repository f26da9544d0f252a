using System.Collections.Concurrent;
using Datt.Paid.Accounts;
using Datt.Paid.Nodes;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Server.Limits;
using Datt.Paid.Signalling;
using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Signalling;

/// <summary>Whether a client may open the id that it asks for.</summary>
public abstract record Admission
{
    /// <param name="Caller">Whose limits count.</param>
    /// <param name="IsBound">Whether the id is a node of the account whose key was shown.</param>
    public sealed record Admitted(UInt128 Caller, bool IsBound) : Admission;

    public sealed record Taken : Admission;

    /// <param name="Message">For the client's console.</param>
    public sealed record Refused(string Message) : Admission;
}

/// <summary>
/// Decides who may open which id. An id that is the name of an account's node opens only with a key of that account with the scope
/// <c>announce</c>, shown as the PeerJS token; any other id opens for whoever comes first, with any token.
/// </summary>
public sealed class SignallingDoor(
    NodeRegistry nodes, EntitlementTable entitlements, IOptions<SignallingSettings> settings, IOptions<LimitSettings> limits, TimeProvider time)
{
    private const int MaxToken = 200;

    private readonly ConcurrentDictionary<UInt128, int> _open = new();
    private readonly int _maxPerCaller = limits.Value.RequestsPerSecond == 0 ? 0 : settings.Value.MaxPeersPerCaller;

    /// <summary>Judges a request. What was admitted must be given back by <see cref="Leave"/>.</summary>
    public async ValueTask<Admission> AdmitAsync(SocketRequest request, CancellationToken ct)
    {
        if (request.Id.Length == 0 || request.Token.Length == 0 || request.Key.Length == 0)
            return new Admission.Refused("No id, token, or key supplied to websocket server");
        if (request.Key != "peerjs")
            return new Admission.Refused("Invalid key provided");
        if (!PeerId.IsLegal(request.Id))
            return new Admission.Refused("This id cannot be used: 1 to 128 letters, digits, spaces, dots, underscores and hyphens make an id");
        if (request.Token.Length > MaxToken)
            return new Admission.Refused($"The token is longer than {MaxToken} characters");

        var caller = ClientAddress.Of(request.Address);
        var isBound = false;
        if (LooksLikeKey(request.Token))
        {
            var entitlement = entitlements.Check(request.Token, Scopes.Announce, time.GetUtcNow());
            if (entitlement.Outcome != EntitlementOutcome.Entitled)
                return new Admission.Refused(Why(entitlement.Outcome));
            caller = ClientAddress.OfKey(entitlement.KeyId!);
            if (RecordVerifier.IsNodeId(request.Id))
            {
                switch (await nodes.ClaimAsync(request.Id, entitlement.AccountId!, ct))
                {
                    case NodeClaim.Yours:
                        isBound = true;
                        break;
                    case NodeClaim.Taken:
                        return new Admission.Taken();
                    default:
                        return new Admission.Refused("This account or this server has as many nodes as it may have");
                }
            }
        }
        else if (nodes.TryGet(request.Id, out _))
            return new Admission.Taken();
        return TryCount(caller) ? new Admission.Admitted(caller, isBound) : new Admission.Refused("Too many peers of this key or address are open");
    }

    /// <summary>A socket that was admitted is closed.</summary>
    public void Leave(UInt128 caller)
    {
        if (_maxPerCaller == 0)
            return;
        while (_open.TryGetValue(caller, out var count))
        {
            if (count == 1 ? _open.TryRemove(new KeyValuePair<UInt128, int>(caller, 1)) : _open.TryUpdate(caller, count - 1, count))
                return;
        }
    }

    /// <summary>Whether a peer that was let in by a key may stay: the key may have been revoked since.</summary>
    public bool MayStay(PeerSocket peer) =>
        !LooksLikeKey(peer.Token) || entitlements.Check(peer.Token, Scopes.Announce, time.GetUtcNow()).Outcome == EntitlementOutcome.Entitled;

    private bool TryCount(UInt128 caller)
    {
        if (_maxPerCaller == 0)
            return true;
        while (true)
        {
            var count = _open.GetOrAdd(caller, 0);
            if (count >= _maxPerCaller)
                return false;
            if (_open.TryUpdate(caller, count + 1, count))
                return true;
        }
    }

    private static bool LooksLikeKey(string token)
    {
        Span<byte> hash = stackalloc byte[32];
        return ApiKeyText.TryRead(token, out _, hash);
    }

    private static string Why(EntitlementOutcome outcome) => outcome switch
    {
        EntitlementOutcome.UnknownKey => "The token is an API key that is unknown or was revoked",
        EntitlementOutcome.WrongScope => "The token is an API key without the scope announce",
        _ => "The operator of this server suspended the account",
    };
}
