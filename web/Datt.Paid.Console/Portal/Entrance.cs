using Datt.Paid.Storage;
using Datt.Paid.Subscriptions;
using Microsoft.AspNetCore.Identity;

namespace Datt.Paid.Pages.Portal;

/// <summary>How an attempt to sign in ended.</summary>
public enum EntranceOutcome
{
    Open,

    /// <summary>Unknown account or wrong password; which of the two is not told.</summary>
    Refused,

    /// <summary>Too many wrong passwords in a row.</summary>
    LockedOut,
}

/// <summary>
/// Signs people in by a cookie. A password is counted by Identity's lockout; an API key with the scope <c>account</c> opens its account too, since it can do all that the
/// pages do: that is the way back in for who lost a password and gave no e-mail address.
/// </summary>
public sealed class Entrance(SignInManager<Account> signIn, EntitlementTable entitlements, TimeProvider time)
{
    public async Task<EntranceOutcome> TryAsync(string? name, string? password, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(name) || string.IsNullOrEmpty(password) || name.Length > 256 || password.Length > 256)
            return EntranceOutcome.Refused;
        var users = signIn.UserManager;
        var account = name.Contains('@', StringComparison.Ordinal) ? await users.FindByEmailAsync(name.Trim()) : await users.FindByIdAsync(name.Trim());
        ct.ThrowIfCancellationRequested();
        if (entitlements.Check(password.Trim(), Scopes.Account, time.GetUtcNow()) is { Outcome: EntitlementOutcome.Entitled } key)
        {
            if (account?.Id != key.AccountId)
                return EntranceOutcome.Refused;
            await signIn.SignInAsync(account!, isPersistent: false);
            return EntranceOutcome.Open;
        }
        if (account is null || account.PasswordHash is null)
        {
            // As long as a real check takes, so that the time does not tell which accounts exist.
            users.PasswordHasher.VerifyHashedPassword(Nobody, NobodysHash(users), password);
            return EntranceOutcome.Refused;
        }
        var result = await signIn.PasswordSignInAsync(account, password, isPersistent: false, lockoutOnFailure: true);
        return result.Succeeded ? EntranceOutcome.Open : result.IsLockedOut ? EntranceOutcome.LockedOut : EntranceOutcome.Refused;
    }

    private static readonly Account Nobody = new() { Id = "nobody", UserName = "nobody" };
    private static string? _nobodysHash;

    private static string NobodysHash(UserManager<Account> users) => _nobodysHash ??= users.PasswordHasher.HashPassword(Nobody, "nobody's password");
}
