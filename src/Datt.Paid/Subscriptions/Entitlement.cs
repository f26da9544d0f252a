using Datt.Paid.Storage;

namespace Datt.Paid.Subscriptions;

public enum EntitlementOutcome
{
    /// <summary>Unknown, malformed or revoked: <c>401</c>.</summary>
    UnknownKey,

    /// <summary>The key lacks the scope: <c>403</c>.</summary>
    WrongScope,

    /// <summary>The operator suspended the account: <c>403</c>.</summary>
    Suspended,

    /// <summary>No subscription and no trial left today: <c>402</c>.</summary>
    Unpaid,

    /// <summary>No subscription, but trial queries are left today; <see cref="EntitlementTable.TryUseTrial"/> takes one.</summary>
    Trial,

    Entitled,
}

/// <summary>The answer to "may this key do that now".</summary>
public readonly struct Entitlement
{
    private readonly AccountAccess? _account;

    internal Entitlement(EntitlementOutcome outcome, AccountAccess? account = null, string? keyId = null, Scopes scopes = default, int trialRemaining = 0)
    {
        Outcome = outcome;
        _account = account;
        KeyId = keyId;
        Scopes = scopes;
        TrialRemaining = trialRemaining;
    }

    public EntitlementOutcome Outcome { get; }

    /// <summary>May go on; a <see cref="EntitlementOutcome.Trial"/> first has to take one of its queries.</summary>
    public bool IsEntitled => Outcome == EntitlementOutcome.Entitled;

    /// <summary>Whose key it is; null only for an unknown key.</summary>
    public string? AccountId => _account?.Id;

    public string? KeyId { get; }

    /// <summary>Everything the key may be used for.</summary>
    public Scopes Scopes { get; }

    public int TrialRemaining { get; }

    internal AccountAccess? Account => _account;
}

/// <summary>What the table keeps of one account.</summary>
internal sealed class AccountAccess(string id)
{
    private long _trial; // UTC day in the upper half, queries used in the lower one
    private volatile AccessWindows _windows = AccessWindows.None;
    private volatile bool _suspended;
    private volatile bool _trialChanged;

    public string Id { get; } = id;

    public AccessWindows Windows { get => _windows; set => _windows = value; }

    public bool Suspended { get => _suspended; set => _suspended = value; }

    public void LoadTrial(int day, int used) => _trial = ((long)day << 32) | (uint)used;

    public int TrialUsed(DateTimeOffset now)
    {
        var trial = Volatile.Read(ref _trial);
        return (int)(trial >> 32) == DayOf(now) ? (int)trial : 0;
    }

    public bool TryUseTrial(int quota, DateTimeOffset now)
    {
        var day = DayOf(now);
        while (true)
        {
            var trial = Volatile.Read(ref _trial);
            var used = (int)(trial >> 32) == day ? (int)trial : 0;
            if (used >= quota)
                return false;
            if (Interlocked.CompareExchange(ref _trial, ((long)day << 32) | (uint)(used + 1), trial) != trial)
                continue;
            _trialChanged = true;
            return true;
        }
    }

    /// <summary>The counter, when it changed since the last call.</summary>
    public bool TryTakeTrial(out int day, out int used)
    {
        (day, used) = (0, 0);
        if (!_trialChanged)
            return false;
        _trialChanged = false;
        var trial = Volatile.Read(ref _trial);
        (day, used) = ((int)(trial >> 32), (int)trial);
        return true;
    }

    /// <summary>Offers the counter again after it could not be written.</summary>
    public void KeepTrial() => _trialChanged = true;

    private static int DayOf(DateTimeOffset now) => (int)(now.ToUnixTimeMilliseconds() / 86_400_000);
}
