using System.Net.Mail;
using Datt.Paid.Outbound;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.EntityFrameworkCore;
using Microsoft.Extensions.DependencyInjection;

namespace Datt.Paid.Accounts;

/// <summary>What an account asks to be opened with; everything is optional.</summary>
public sealed record NewAccount(string? Name, string? Email, string? Password);

public abstract record AccountOutcome
{
    /// <param name="ApiKey">Shown once.</param>
    public sealed record Created(string AccountId, string ApiKey) : AccountOutcome;

    public sealed record Changed : AccountOutcome;

    public sealed record NotFound : AccountOutcome;

    public sealed record EmailTaken : AccountOutcome;

    /// <param name="Field">The input at fault: <c>name</c>, <c>email</c>, <c>password</c> or <c>noticeUrl</c>.</param>
    public sealed record Invalid(string Field, string Reason) : AccountOutcome;
}

/// <summary>What an account patch changes; null leaves a field as it is, an empty text clears it.</summary>
public sealed record AccountPatch(string? NoticeUrl, string? Email);

/// <summary>Opens and changes accounts. An account needs neither name nor e-mail nor password: its key is its proof.</summary>
public sealed class AccountService(Database database, UrlRules urls, IServiceScopeFactory scopes)
{
    /// <summary>Scopes of the first key of an account.</summary>
    public const Scopes FirstKey = Scopes.Account | Scopes.Search | Scopes.Announce;

    public async Task<AccountOutcome> CreateAsync(NewAccount request, DateTimeOffset now, CancellationToken ct)
    {
        if (request.Name is { Length: > 200 })
            return new AccountOutcome.Invalid("name", "The name has at most 200 characters.");
        if (!TryReadEmail(request.Email, out var email))
            return new AccountOutcome.Invalid("email", "This is not an e-mail address of at most 256 characters.");
        var id = RandomId.New("acc");
        var template = new Account { Id = id, UserName = id, Email = email };
        string? passwordHash = null;
        if (!string.IsNullOrEmpty(request.Password))
        {
            await using var scope = scopes.CreateAsyncScope();
            var users = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
            if (request.Password.Length > 256)
                return new AccountOutcome.Invalid("password", "The password has at most 256 characters.");
            foreach (var validator in users.PasswordValidators)
            {
                var result = await validator.ValidateAsync(users, template, request.Password);
                if (!result.Succeeded)
                    return new AccountOutcome.Invalid("password", string.Join(' ', result.Errors.Select(e => e.Description)));
            }
            passwordHash = users.PasswordHasher.HashPassword(template, request.Password);
        }
        var key = ApiKeyText.New();
        return await database.WriteAsync<AccountOutcome>(async db =>
        {
            if (await IsTakenAsync(db, email, id, ct))
                return new AccountOutcome.EmailTaken();
            db.Users.Add(new Account
            {
                Id = id,
                UserName = id,
                NormalizedUserName = Normal(id),
                Email = email,
                NormalizedEmail = Normal(email),
                Name = request.Name,
                PasswordHash = passwordHash,
                SecurityStamp = RandomId.New("stamp"),
                LockoutEnabled = true,
                CreatedAt = now,
            });
            db.ApiKeys.Add(ApiKeyService.Row(key, id, "first key", FirstKey, now));
            return new AccountOutcome.Created(id, key);
        }, ct);
    }

    public Task<Account?> FindAsync(string accountId, CancellationToken ct) =>
        database.ReadAsync(db => db.Users.SingleOrDefaultAsync(a => a.Id == accountId, ct), ct);

    public async Task<AccountOutcome> PatchAsync(string accountId, AccountPatch patch, CancellationToken ct)
    {
        if (!TryReadEmail(patch.Email, out var email))
            return new AccountOutcome.Invalid("email", "This is not an e-mail address of at most 256 characters.");
        if (!string.IsNullOrEmpty(patch.NoticeUrl) && !urls.TryRead(patch.NoticeUrl, out _, out var problem, secure: true))
            return new AccountOutcome.Invalid("noticeUrl", $"The notice URL {problem}.");
        return await database.WriteAsync<AccountOutcome>(async db =>
        {
            if (await db.Users.SingleOrDefaultAsync(a => a.Id == accountId, ct) is not { } account)
                return new AccountOutcome.NotFound();
            if (patch.Email is not null)
            {
                if (await IsTakenAsync(db, email, accountId, ct))
                    return new AccountOutcome.EmailTaken();
                account.EmailConfirmed &= account.NormalizedEmail == Normal(email);
                (account.Email, account.NormalizedEmail) = (email, Normal(email));
            }
            if (patch.NoticeUrl is not null)
                account.NoticeUrl = patch.NoticeUrl.Length == 0 ? null : patch.NoticeUrl;
            account.Version++;
            return new AccountOutcome.Changed();
        }, ct);
    }

    public Task<AccountOutcome> SetAutoRenewAsync(string accountId, bool autoRenew, CancellationToken ct) =>
        ChangeAsync(accountId, account => account.AutoRenew = autoRenew, ct);

    /// <summary>Closes search, announcing and federation to the account until it is resumed; nothing paid is lost.</summary>
    public Task<AccountOutcome> SuspendAsync(string accountId, string reason, DateTimeOffset now, CancellationToken ct) =>
        ChangeAsync(accountId, account => (account.SuspendedAt, account.SuspendedReason) = (now, reason), ct);

    public Task<AccountOutcome> ResumeAsync(string accountId, CancellationToken ct) =>
        ChangeAsync(accountId, account => (account.SuspendedAt, account.SuspendedReason) = (null, null), ct);

    private Task<AccountOutcome> ChangeAsync(string accountId, Action<Account> change, CancellationToken ct) =>
        database.WriteAsync<AccountOutcome>(async db =>
        {
            if (await db.Users.SingleOrDefaultAsync(a => a.Id == accountId, ct) is not { } account)
                return new AccountOutcome.NotFound();
            change(account);
            account.Version++;
            return new AccountOutcome.Changed();
        }, ct);

    private static Task<bool> IsTakenAsync(DattDbContext db, string? email, string accountId, CancellationToken ct)
    {
        var normal = Normal(email);
        return normal is null ? Task.FromResult(false) : db.Users.AnyAsync(a => a.NormalizedEmail == normal && a.Id != accountId, ct);
    }

    private static string? Normal(string? text) => text?.Normalize().ToUpperInvariant();

    private static bool TryReadEmail(string? text, out string? email)
    {
        email = string.IsNullOrEmpty(text) ? null : text;
        return email is null
            || (email.Length <= 256 && !email.Any(IsOutOfPlace) && MailAddress.TryCreate(email, out var address) && address.Address == email);
    }

    /// <summary>What an address may hold by the letter of RFC 5322, but an envelope or a header should not.</summary>
    private static bool IsOutOfPlace(char c) => char.IsControl(c) || char.IsWhiteSpace(c) || c is '"' or '[' or ']' or '(' or ')' or ',' or ';';
}
