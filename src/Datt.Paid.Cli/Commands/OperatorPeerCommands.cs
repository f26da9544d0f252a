using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt operator peers</c>: what was given to other servers, taken from them, and bought there.</summary>
internal static class OperatorPeerCommands
{
    public static Command Build(CommandTree tree)
    {
        var command = new Command("peers", "What your server gave to others, took from them, and buys there") { Resolve(tree) };
        command.SetAction(tree.Body(async (_, scope, ct) =>
        {
            var report = await scope.Account().Peers.ReportAsync(ct).ConfigureAwait(false);
            scope.Output.Json(report, CliJson.Shared.PeerReport);
            WritePeers(scope.Output, report);
            WritePurchases(scope.Output, report);
            return ExitCode.Ok;
        }));
        return command;
    }

    private static Command Resolve(CommandTree tree)
    {
        var id = new Argument<string>("purchase") { Description = "Id of an uncertain purchase, as 'datt operator peers' shows it" };
        var paid = new Option<bool>("--paid") { Description = "Your Lightning node shows that it was paid" };
        var notPaid = new Option<bool>("--not-paid") { Description = "Your Lightning node shows that it was not paid: the server may pay again" };
        var command = new Command("resolve", "Say how a payment ended whose answer was lost") { id, paid, notPaid };
        command.Validators.Add(result =>
        {
            if (result.GetValue(paid) == result.GetValue(notPaid))
            {
                result.AddError("Say either --paid or --not-paid. Your Lightning node knows; while you are not sure, leave it as it is.");
            }
        });
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var purchase = await scope.Account().Peers.ResolveAsync(parsed.GetRequiredValue(id), parsed.GetValue(paid), ct).ConfigureAwait(false);
            scope.Output.Json(purchase, CliJson.Shared.PeerPurchase);
            scope.Output.Line(purchase.State == "paid" ? "It counts as paid." : "It counts as not paid; the next round goes on with it.");
            return ExitCode.Ok;
        }));
        return command;
    }

    private static void WritePeers(Output output, PeerReport report)
    {
        output.Line($"Runs are served here: {Figures.Safe(report.Access)}."
            + (report.Access == "Reciprocal" ? $" {Figures.Bytes(report.PoolLeftBytes)} are left today for those who have given nothing yet." : ""));
        if (report.Peers.Count == 0)
        {
            output.Line("No server gave or took anything yet. 'datt network' shows which ones there are.");
        }

        foreach (var peer in report.Peers)
        {
            output.Marked($"{Output.Mark(peer.Name ?? peer.ServerId)}  given {Figures.Bytes(peer.GivenBytes)}, taken {Figures.Bytes(peer.TakenBytes)}"
                + (report.Access == "Reciprocal" ? $", may have {Figures.Bytes(peer.CreditBytes)}" : "")
                + Markup.Escape(peer.Access is { } access ? $"  [{Figures.Safe(access)}]" : "") + (peer.HasKey ? "  subscribed there" : ""));
        }
    }

    private static void WritePurchases(Output output, PeerReport report)
    {
        var budget = report.Budget;
        if (!budget.Enabled)
        {
            output.Line("Nothing is bought from servers that sell their index; Datt:Federation:Buying switches that on.");
        }
        else
        {
            output.Line($"Budget: {budget.PerMonth} {budget.Currency} a month, {budget.PerPayment} a payment"
                + (budget.Left is { } left ? $"; {left} left this month." : ".") + (budget.PaysItself ? "" : " Invoices are paid by hand."));
        }

        foreach (var purchase in report.Purchases)
        {
            output.Line($"{purchase.Id}  {purchase.State}  {Figures.Safe(purchase.ServerId)}  {Figures.Count(purchase.SpentSats > 0 ? purchase.SpentSats : purchase.Sats)} sats"
                + (purchase.PaidUntil is { } until ? $"  until {Figures.Day(until)}" : ""));
            if (purchase.Problem is { } problem)
            {
                output.Line($"  {Figures.Safe(problem)}");
            }

            if (purchase is { State: "waiting", Lightning: { } invoice })
            {
                output.Line($"  pay: {Figures.Safe(invoice)}");
            }
            else if (purchase is { State: "waiting", CheckoutUrl: { } checkout })
            {
                output.Line($"  pay: {Figures.Safe(checkout)}");
            }
        }
    }
}
