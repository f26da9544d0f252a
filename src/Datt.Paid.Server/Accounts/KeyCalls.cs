using Datt.Paid.Accounts;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Accounts;

/// <summary>Calls about the keys of an account.</summary>
public static class KeyCalls
{
    public static void MapKeys(this IEndpointRouteBuilder app)
    {
        var keys = app.MapGroup("/api/v1/account/keys").WithTags("Accounts").Needs(Scopes.Account);
        keys.MapPost("", CreateAsync).Refuses(400).WithName("createKey").WithSummary("Makes a named key with chosen scopes; it is shown once.");
        keys.MapGet("", ListAsync).WithName("listKeys").WithSummary("The account's keys that work.");
        keys.MapDelete("/{id}", RevokeAsync).Refuses(404).WithName("revokeKey").WithSummary("Revokes a key at once.");
    }

    private static async Task<Results<Created<NewKeyAnswer>, Problem>> CreateAsync(
        KeyRequest request, HttpContext context, ApiKeyService keys, TimeProvider time, CancellationToken ct)
    {
        var scopes = Scopes.None;
        foreach (var name in request.Scopes ?? [])
        {
            if (!ApiKeyService.TryReadScope(name, out var scope))
                return Problem.Invalid("scopes", $"scopes must be one or more of {string.Join(", ", ApiKeyService.Names(ApiKeyService.Ordinary))}.");
            scopes |= scope;
        }
        return await keys.CreateAsync(context.Caller().AccountId, request.Name, scopes, time.GetUtcNow(), ct) switch
        {
            ApiKeyOutcome.Created made => TypedResults.Created(
                $"/api/v1/account/keys/{made.Row.Id}",
                new NewKeyAnswer(made.Row.Id, made.Row.Name, [.. ApiKeyService.Names(made.Row.Scopes)], made.Key, made.Row.CreatedAt)),
            ApiKeyOutcome.Invalid invalid => Problem.Invalid(invalid.Field, invalid.Reason),
            ApiKeyOutcome.TooMany many => Problem.QuotaExceeded($"An account has at most {many.Maximum} keys. Revoke one first.", TimeSpan.FromHours(1)),
            _ => Problem.NotFound("There is no such account."),
        };
    }

    private static async Task<Ok<KeysAnswer>> ListAsync(HttpContext context, ApiKeyService keys, CancellationToken ct) =>
        TypedResults.Ok(new KeysAnswer([.. (await keys.ListAsync(context.Caller().AccountId, ct)).Select(KeyAnswer.Of)], null));

    private static async Task<Results<NoContent, Problem>> RevokeAsync(
        string id, HttpContext context, ApiKeyService keys, TimeProvider time, CancellationToken ct) =>
        await keys.RevokeAsync(context.Caller().AccountId, id, time.GetUtcNow(), ct) is ApiKeyOutcome.Revoked
            ? TypedResults.NoContent()
            : Problem.NotFound("This account has no such key.");
}
