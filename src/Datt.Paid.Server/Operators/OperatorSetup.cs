using System.Security.Cryptography;
using Datt.Paid.Accounts;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Identity;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Operators;

/// <summary>What became of an attempt to create the first operator.</summary>
public abstract record SetupOutcome
{
    /// <param name="ApiKey">With every scope; shown once.</param>
    public sealed record Created(string AccountId, string ApiKey) : SetupOutcome;

    /// <summary>The link is not, or no longer, valid.</summary>
    public sealed record NotFound : SetupOutcome;

    public sealed record Invalid(string Field, string Reason) : SetupOutcome;
}

/// <summary>
/// Creates the first operator: from <c>Datt:Admin</c>, or by whoever holds the link that is printed at a start without an operator. The link
/// works once and until the server stops.
/// </summary>
public sealed class OperatorSetup(
    AccountService accounts, ApiKeyService keys, Database database, IServiceScopeFactory scopes, IOptions<AdminSettings> admin, TimeProvider time)
{
    /// <summary>The role of operators in Identity.</summary>
    public const string Role = "operator";

    private const Scopes Everything = ApiKeyService.Ordinary | Scopes.Operator;

    private readonly SemaphoreSlim _creating = new(1, 1);
    private string? _token;

    /// <summary>Path of the setup link; null where there is an operator already.</summary>
    public string? Path => _token is { } token ? "/setup?token=" + token : null;

    /// <summary>Creates the configured operator, or prepares the link, where there is none.</summary>
    public async Task BeginAsync(CancellationToken ct)
    {
        if (await ExistsAsync(ct))
            return;
        if (admin.Value.IsSet)
            await CreateAsync(admin.Value.Email, admin.Value.Password, ct);
        else
            _token = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24));
    }

    /// <summary>Whether this is the link that was printed and still works.</summary>
    public bool Accepts(string? token) => _token is { } valid && token is not null
        && CryptographicOperations.FixedTimeEquals(System.Text.Encoding.UTF8.GetBytes(valid), System.Text.Encoding.UTF8.GetBytes(token));

    /// <summary>Creates the first operator for whoever holds the link, which then no longer works.</summary>
    public async Task<SetupOutcome> UseAsync(string? token, string? email, string? password, CancellationToken ct)
    {
        await _creating.WaitAsync(ct);
        try
        {
            if (!Accepts(token))
                return new SetupOutcome.NotFound();
            if (string.IsNullOrWhiteSpace(email))
                return new SetupOutcome.Invalid("email", "The operator needs an e-mail address to sign in with.");
            if (string.IsNullOrEmpty(password))
                return new SetupOutcome.Invalid("password", "The operator needs a password.");
            var outcome = await CreateAsync(email, password, ct);
            if (outcome is SetupOutcome.Created)
                _token = null;
            return outcome;
        }
        finally
        {
            _creating.Release();
        }
    }

    private async Task<bool> ExistsAsync(CancellationToken ct)
    {
        var exists = false;
        await database.ReadRowsAsync(
            $"""
            SELECT 1 FROM "AspNetUserRoles" AS m JOIN "AspNetRoles" AS r ON m."RoleId" = r."Id" WHERE r."Name" = '{Role}' LIMIT 1
            """, _ => exists = true, ct);
        return exists;
    }

    private async Task<SetupOutcome> CreateAsync(string email, string password, CancellationToken ct)
    {
        var now = time.GetUtcNow();
        switch (await accounts.CreateAsync(new NewAccount("operator", email, password), now, ct))
        {
            case AccountOutcome.Invalid invalid:
                return new SetupOutcome.Invalid(invalid.Field, invalid.Reason);
            case AccountOutcome.EmailTaken:
                return new SetupOutcome.Invalid("email", "Another account has this e-mail address.");
            case AccountOutcome.Created created:
                await GrantAsync(created.AccountId);
                var made = await keys.CreateAsync(created.AccountId, "operator", Everything, now, ct, Everything);
                return new SetupOutcome.Created(created.AccountId, ((ApiKeyOutcome.Created)made).Key);
            case var other:
                throw new InvalidOperationException($"{other.GetType().Name} was not expected of a new account.");
        }
    }

    private async Task GrantAsync(string accountId)
    {
        await using var scope = scopes.CreateAsyncScope();
        var roles = scope.ServiceProvider.GetRequiredService<RoleManager<IdentityRole>>();
        if (!await roles.RoleExistsAsync(Role))
            Succeeded(await roles.CreateAsync(new IdentityRole(Role)));
        var users = scope.ServiceProvider.GetRequiredService<UserManager<Account>>();
        Succeeded(await users.AddToRoleAsync((await users.FindByIdAsync(accountId))!, Role));
    }

    private static void Succeeded(IdentityResult result)
    {
        if (!result.Succeeded)
            throw new InvalidOperationException("The operator could not be given the role: " + string.Join(' ', result.Errors.Select(e => e.Description)));
    }
}
