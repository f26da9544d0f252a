using System.Text.RegularExpressions;

namespace Datt.Paid.Client;

/// <summary>A pass that works once its invoice is paid.</summary>
/// <param name="Token">The first half of the pass. The other is the preimage, which a wallet learns by paying.</param>
/// <param name="Invoice">BOLT11, for a Lightning wallet.</param>
public sealed record PassOffer(string Token, string Invoice)
{
    /// <summary>The pass, for <see cref="DattClientOptions.Pass"/>.</summary>
    /// <param name="preimage">64 hexadecimal digits.</param>
    public string With(string preimage) => $"{Token}:{preimage}";
}

/// <summary>What the sandbox's wallet learnt by paying.</summary>
/// <param name="Preimage">64 hexadecimal digits.</param>
public sealed record PaidPass(string Preimage);

/// <summary>Search without an account: a Lightning invoice is paid, and its preimage opens search for a time (L402).</summary>
public sealed partial class PassClient
{
    private readonly Transport _transport;

    internal PassClient(Transport transport) => _transport = transport;

    /// <summary>An offer of the server; a caller gets the same one until it is paid or nearly over. Null where searching needs no pass.</summary>
    /// <exception cref="DattException">
    /// <c>payment_required</c>: the server sells no passes, or none now. Ask with a client that has neither key nor pass: those are let in, or refused otherwise.
    /// </exception>
    public async Task<PassOffer?> OfferAsync(CancellationToken ct = default)
    {
        try
        {
            using var let = await _transport.SendAsync(
                HttpMethod.Get, "api/v1/search?q=pass&limit=1", null, "application/json", ct, asksForPass: true).ConfigureAwait(false);
            return null;
        }
        catch (DattException refusal) when (refusal.Code == "payment_required" && Read(refusal.Challenges) is { } offer)
        {
            return offer;
        }
    }

    /// <summary>Pays an offer's invoice with play money; code <c>not_found</c> where the server takes real payments.</summary>
    public Task<PaidPass> PaySandboxAsync(PassOffer offer, CancellationToken ct = default)
    {
        ArgumentNullException.ThrowIfNull(offer);
        return _transport.ReadAsync(HttpMethod.Post, $"api/v1/sandbox/lightning/{Query.Segment(offer.Invoice)}/pay", null, ClientJson.Default.PaidPass, ct);
    }

    private static PassOffer? Read(IReadOnlyList<string> challenges) =>
        challenges.Select(c => Offer().Match(c)).FirstOrDefault(m => m.Success) is { } match
            ? new PassOffer(match.Groups["token"].Value, match.Groups["invoice"].Value)
            : null;

    /// <summary>As the L402 specification writes it: <c>L402 version="0", token="…", invoice="…"</c>.</summary>
    [GeneratedRegex("^L402 .*?token=\"(?<token>[^\"]{1,4000})\".*?invoice=\"(?<invoice>[^\"]{1,4000})\"", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Offer();
}
