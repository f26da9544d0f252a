using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Payments.L402;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Problems;
using Microsoft.Extensions.Options;
using Microsoft.Extensions.Primitives;
using Microsoft.Net.Http.Headers;

namespace Datt.Paid.Server.Access;

/// <summary>
/// L402 over HTTP: takes passes in <c>Authorization</c>, and offers one beside a refusal. What was offered stands in memory; a refusal waits
/// for the payment side only where its caller has no offer yet, and never for long.
/// </summary>
public sealed class PassDoor(PassSeal seal, PassSales sales, ChallengeDesk desk, IOptions<L402Options> options, TimeProvider time)
{
    private readonly L402Options _options = options.Value;

    /// <summary>Whether the caller shows a pass; only asked where there is no API key.</summary>
    public bool Shows(HttpRequest request, out ReadOnlySpan<char> credentials)
    {
        credentials = default;
        if (!_options.Enabled || request.Headers[HeaderNames.Authorization] is not [{ } header])
            return false;
        var text = header.AsSpan().Trim();
        var space = text.IndexOf(' ');
        if (!PassCredentials.IsScheme(space < 0 ? text : text[..space]))
            return false;
        credentials = space < 0 ? default : text[(space + 1)..];
        return true;
    }

    /// <summary>Whether a pass is good now.</summary>
    public bool TryTake(ReadOnlySpan<char> credentials, [NotNullWhen(true)] out Pass? pass, [NotNullWhen(false)] out Problem? refusal)
    {
        refusal = null;
        var outcome = seal.Check(credentials, time.GetUtcNow(), out pass);
        if (pass is null)
        {
            refusal = Problem.Unauthorized(Reason(outcome));
            return false;
        }
        if (sales.Show(pass))
            desk.Paid(pass.PaymentHash);
        return true;
    }

    /// <summary>Whether a refusal comes with an offer.</summary>
    public bool OffersWith(Problem refusal, HttpContext context)
    {
        if (!_options.Enabled || context.GetEndpoint()?.Metadata.GetMetadata<AccessRule>() is not { IsSearch: true })
            return false;
        var request = context.Request;
        return refusal.Status switch
        {
            StatusCodes.Status401Unauthorized => Shows(request, out _),
            StatusCodes.Status402PaymentRequired =>
                (_options.Challenge == L402Challenge.Everybody && request.Headers.Authorization.Count == 0) || Asks(request),
            _ => false,
        };
    }

    /// <summary>The refusal with the caller's offer, in the form of the specification and in the one of older clients; as it was, where none can be had.</summary>
    public async Task<Problem> OfferAsync(Problem refusal, HttpContext context)
    {
        var caller = ClientAddress.Of(context.Connection.RemoteIpAddress);
        return await desk.ForAsync(caller, time.GetUtcNow(), context.RequestAborted) is { } offer
            ? refusal with
            {
                Challenges = new StringValues(
                [
                    $"L402 version=\"0\", token=\"{offer.Token}\", invoice=\"{offer.Invoice}\"",
                    $"LSAT macaroon=\"{offer.Token}\", invoice=\"{offer.Invoice}\"",
                ]),
            }
            : refusal;
    }

    private static bool Asks(HttpRequest request)
    {
        foreach (var value in request.Headers["Accept-Authenticate"])
        {
            foreach (var part in value.AsSpan().Split(','))
            {
                if (PassCredentials.IsScheme(value.AsSpan(part).Trim()))
                    return true;
            }
        }
        return false;
    }

    private static string Reason(PassOutcome outcome) => outcome switch
    {
        PassOutcome.Forged => "This pass was not made by this server, or was changed.",
        PassOutcome.OtherServer => "This pass was made by another server and is good there alone.",
        PassOutcome.Unpaid => "The preimage is not the one that paying the invoice of this pass reveals.",
        PassOutcome.Expired => "This pass is over. Pay the invoice in WWW-Authenticate for a new one.",
        PassOutcome.OtherService => "This pass was narrowed to something else than search.",
        PassOutcome.UnknownCondition => "This pass carries a condition that this server does not know, so it is not taken.",
        _ => "Send a pass as 'Authorization: L402 <token>:<preimage>': the token of WWW-Authenticate and 64 hexadecimal digits.",
    };
}
