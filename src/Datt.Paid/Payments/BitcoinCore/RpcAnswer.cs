using System.Diagnostics.CodeAnalysis;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>The ways in which a call to the node ends without a value.</summary>
public enum RpcFailureKind
{
    /// <summary>No answer, or one that no node gives; asking again later may help.</summary>
    Unreachable,

    /// <summary>The node is starting (-28).</summary>
    WarmingUp,

    /// <summary>401: user, password or cookie are wrong.</summary>
    Unauthenticated,

    /// <summary>403: the node lets this address or user not call that.</summary>
    Forbidden,

    /// <summary>The node does not have the call (-32601), or was built without a wallet.</summary>
    UnknownCall,

    /// <summary>The wallet is not loaded (-18), or there are several and none was named (-19).</summary>
    NoWallet,

    /// <summary>What was asked for does not exist (-5).</summary>
    NotFound,

    /// <summary>The wallet has no addresses to give (-12, and -4 where it cannot derive any).</summary>
    NoAddresses,

    /// <summary>Any other refusal.</summary>
    Refused,
}

/// <param name="Message">For the operator's log; nothing is read out of it.</param>
/// <param name="Code">The node's error code, where it gave one.</param>
public sealed record RpcFailure(RpcFailureKind Kind, string Message, int? Code = null, Exception? Cause = null)
{
    /// <summary>Names the outcome that an error code of the node stands for.</summary>
    /// <remarks>Codes: <c>src/rpc/protocol.h</c> of Bitcoin Core.</remarks>
    public static RpcFailureKind KindOf(int code) => code switch
    {
        -28 => RpcFailureKind.WarmingUp,
        -32601 => RpcFailureKind.UnknownCall,
        -18 or -19 => RpcFailureKind.NoWallet,
        -5 => RpcFailureKind.NotFound,
        -12 => RpcFailureKind.NoAddresses,
        _ => RpcFailureKind.Refused,
    };
}

/// <summary>What the node answered: a value, or why there is none.</summary>
public sealed record RpcAnswer<T>(T? Value, RpcFailure? Failure) where T : class
{
    /// <summary>The time on the node's clock when it answered; null where it told none.</summary>
    public DateTimeOffset? Date { get; init; }

    /// <summary>False: <paramref name="failure"/> says why.</summary>
    public bool TryGet([NotNullWhen(true)] out T? value, [NotNullWhen(false)] out RpcFailure? failure)
    {
        (value, failure) = (Value, Failure);
        return failure is null;
    }

    /// <summary>The value.</summary>
    /// <exception cref="ProviderUnavailableException">There is none; the message says why.</exception>
    public T OrThrow(string what) => TryGet(out var value, out var failure)
        ? value
        : throw new ProviderUnavailableException($"Bitcoin node: {what}: {failure.Message}", failure.Cause);
}
