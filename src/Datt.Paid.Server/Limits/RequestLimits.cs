namespace Datt.Paid.Server.Limits;

/// <summary>Every limit on how often somebody may ask.</summary>
public sealed class RequestLimits
{
    // A household or a classroom behind one address gets through; a script that farms trial quotas does not.
    private const double AccountsPerMinute = 2;
    private const double AccountsAtOnce = 30;

    private readonly TokenBuckets? _requests;
    private readonly TokenBuckets? _accounts;

    public RequestLimits(LimitSettings settings, TimeProvider time)
    {
        if (settings.RequestsPerSecond == 0)
            return;
        _requests = new TokenBuckets(settings.RequestsPerSecond, Math.Max(1, settings.RequestsPerSecond * 2), time);
        _accounts = new TokenBuckets(AccountsPerMinute / 60, AccountsAtOnce, time);
    }

    /// <summary>Whether the caller may send one more request now.</summary>
    public bool TryRequest(UInt128 caller, out TimeSpan retryAfter)
    {
        retryAfter = default;
        return _requests is null || _requests.TryTake(caller, out retryAfter);
    }

    /// <summary>Whether the address may create one more account now.</summary>
    public bool TryNewAccount(UInt128 address, out TimeSpan retryAfter)
    {
        retryAfter = default;
        return _accounts is null || _accounts.TryTake(address, out retryAfter);
    }
}
