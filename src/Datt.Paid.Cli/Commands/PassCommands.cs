using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt pass</c>: search for a time without an account, paid over Lightning.</summary>
internal static class PassCommands
{
    private const int PreimageDigits = 64;

    public static Command Build(CommandTree tree) =>
        new("pass", "Search for a time without an account, paid over Lightning; not every server sells passes") { Buy(tree) };

    /// <summary>A pass as typed.</summary>
    /// <exception cref="CommandFailure">It cannot be one.</exception>
    public static string Checked(string pass)
    {
        var colon = pass.LastIndexOf(':');
        return colon > 0 && pass.Length - colon - 1 == PreimageDigits && pass[(colon + 1)..].All(char.IsAsciiHexDigit) && pass[..colon].All(c => c is > ' ' and <= '~')
            ? pass
            : throw new CommandFailure(ExitCode.Usage, "invalid_pass", "A pass is the token, a colon, and the preimage of 64 hexadecimal digits.",
                "'datt pass buy' shows the token; your wallet shows the preimage (also called proof of payment) beside the payment.");
    }

    private static Command Buy(CommandTree tree)
    {
        var pay = new Option<bool>("--pay-sandbox") { Description = "Pay at once with play money; only where the server takes that" };
        var command = new Command("buy", "Show the invoice of a pass, and how to use the pass once it is paid") { pay };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var client = scope.Anonymous();
            if (await OfferAsync(scope, client, ct).ConfigureAwait(false) is not { } offer)
            {
                scope.Output.Line($"Searching at {scope.Server} is free; no pass is needed. Try: datt search <words>");
                return ExitCode.Ok;
            }

            var pass = parsed.GetValue(pay) ? await PayAsync(scope, client, offer, ct).ConfigureAwait(false) : null;
            scope.Output.Json(new BoughtPass(offer.Token, offer.Invoice, pass), CliJson.Shared.BoughtPass);
            if (pass is not null)
            {
                scope.Output.Line("Paid. Search with:");
                scope.Output.Line($"datt search --pass {pass} <words>");
                return ExitCode.Ok;
            }

            scope.Output.Facts(("Lightning", offer.Invoice), ("Token", offer.Token));
            scope.Output.Line("1. Pay the Lightning invoice. The same one is shown again until it is paid or nearly over.");
            scope.Output.Line("2. Copy the preimage (proof of payment, 64 hexadecimal digits) that your wallet shows beside the payment.");
            scope.Output.Line($"3. datt search --pass {offer.With("<preimage>")} <words>");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static async Task<PassOffer?> OfferAsync(CommandScope scope, DattClient client, CancellationToken ct)
    {
        try
        {
            return await client.Passes.OfferAsync(ct).ConfigureAwait(false);
        }
        catch (DattException e) when (e.Code == "payment_required")
        {
            throw new CommandFailure(ExitCode.Unavailable, "no_passes", $"{scope.Server} sells no passes, or none at the moment.",
                "Try again in a while, or make an account: 'datt account create', then 'datt subscribe'.");
        }
    }

    private static async Task<string> PayAsync(CommandScope scope, DattClient client, PassOffer offer, CancellationToken ct)
    {
        try
        {
            return offer.With((await client.Passes.PaySandboxAsync(offer, ct).ConfigureAwait(false)).Preimage);
        }
        catch (DattException e) when (e.Code == "not_found")
        {
            throw new CommandFailure(ExitCode.Usage, "no_sandbox", $"{scope.Server} takes real payments only.",
                "Leave --pay-sandbox out and pay the invoice that is shown.");
        }
    }
}

/// <summary>What <c>datt pass buy</c> got.</summary>
/// <param name="Pass">The whole pass, where it was paid at once; else token, colon, preimage.</param>
public sealed record BoughtPass(string Token, string Invoice, string? Pass);
