using Datt.Paid.Payments.Sandbox;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Microsoft.AspNetCore.Http.HttpResults;
using Microsoft.AspNetCore.Mvc;

namespace Datt.Paid.Server.Access;

/// <param name="Preimage">64 hexadecimal digits: what a wallet learns by paying.</param>
/// <param name="Real">Always false.</param>
public sealed record SandboxPreimage(string Preimage, bool Real);

/// <summary>Plays the wallet of a buyer of passes, so that they can be tried without money.</summary>
public static class PassCalls
{
    public static void MapPasses(this IEndpointRouteBuilder app) => app.MapPost("/api/v1/sandbox/lightning/{invoice}/pay", PayAsync)
        .WithTags("Subscription").Refuses(404).WithName("paySandboxLightning")
        .WithSummary("Pays the invoice of a pass with play money; there is no such call with a real provider.");

    private static async Task<Results<Ok<SandboxPreimage>, Problem>> PayAsync(
        string invoice, [FromServices] SandboxPassTill? till, TimeProvider time, CancellationToken ct) =>
        till is not null && await till.PayAsync(invoice, time.GetUtcNow(), ct) is { } preimage
            ? TypedResults.Ok(new SandboxPreimage(preimage, Real: false))
            : Problem.NotFound("There is no such open invoice, or this server takes real money.");
}
