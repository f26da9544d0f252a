using System.CommandLine;
using Datt.Paid.Cli.Terminal;
using Datt.Paid.Client;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt subscribe</c>: an invoice, and waiting until it is paid.</summary>
internal static class SubscribeCommand
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    public static Command Build(CommandTree tree)
    {
        var months = WholeNumber.Option("--months", "1 to 24", 1, 1, 24);
        var pay = new Option<bool>("--pay-sandbox") { Description = "Pay at once with play money; only where the server takes that" };
        var wait = new Option<bool>("--no-wait") { Description = "Show the invoice and do not wait for the payment" };
        var command = new Command("subscribe", "Buy months of search, paid in bitcoin") { months, pay, wait };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var client = scope.Account();
            var invoice = await client.Subscription.OrderAsync(new NewInvoice(parsed.GetValue(months)), ct).ConfigureAwait(false);
            Write(scope.Output, invoice);
            if (parsed.GetValue(pay) || await WantsToPayAsync(scope.Output, invoice, ct).ConfigureAwait(false))
            {
                invoice = await PaySandboxAsync(scope, client, invoice, ct).ConfigureAwait(false);
            }

            return parsed.GetValue(wait) && !invoice.IsOver
                ? Ordered(scope.Output, invoice)
                : await SettleAsync(scope, client, invoice, ct).ConfigureAwait(false);
        }));
        return command;
    }

    private static ExitCode Ordered(Output output, Invoice invoice)
    {
        output.Json(invoice, CliJson.Shared.Invoice);
        output.Line("Your access begins by itself when it is paid; 'datt account show' tells.");
        return ExitCode.Ok;
    }

    private static async Task<bool> WantsToPayAsync(Output output, Invoice invoice, CancellationToken ct) =>
        output.IsTerminal && invoice.Sandbox == true
        && await new ConfirmationPrompt("This server takes play money. Pay with it now?").ShowAsync(output.Screen, ct).ConfigureAwait(false);

    private static async Task<Invoice> PaySandboxAsync(CommandScope scope, DattClient client, Invoice invoice, CancellationToken ct)
    {
        try
        {
            return await client.Subscription.PaySandboxAsync(invoice.Id, null, ct).ConfigureAwait(false);
        }
        catch (DattException e) when (e.Code == "not_found")
        {
            throw new CommandFailure(ExitCode.Usage, "no_sandbox", $"{scope.Server} takes real payments only.",
                $"Leave --pay-sandbox out and pay the invoice {invoice.Id}.");
        }
    }

    private static async Task<ExitCode> SettleAsync(CommandScope scope, DattClient client, Invoice invoice, CancellationToken ct)
    {
        var last = invoice;
        if (!invoice.IsOver)
        {
            last = scope.Output.ShowsProgress
                ? await scope.Output.ErrorScreen.Status().StartAsync(Waiting(invoice), status =>
                    WatchAsync(client, invoice, now => status.Status(Waiting(now)), ct)).ConfigureAwait(false)
                : await WatchAsync(client, invoice, _ => { }, ct).ConfigureAwait(false);
        }

        scope.Output.Json(last, CliJson.Shared.Invoice);
        if (!last.IsSettled)
        {
            throw new CommandFailure(ExitCode.NotPaid, "not_paid", $"The invoice {last.Id} is {last.Status} and gave no months.",
                "What was paid too late is credited to your balance: 'datt account show'. Else run 'datt subscribe' again.");
        }

        var account = await client.Accounts.ShowAsync(ct).ConfigureAwait(false);
        var until = account.Subscription.PaidUntil is { } end ? $" until {Figures.Minute(end)}" : "";
        scope.Output.Marked($"[green]Paid.[/] You can search{until}. Try: datt search <words>");
        return ExitCode.Ok;
    }

    private static async Task<Invoice> WatchAsync(DattClient client, Invoice invoice, Action<Invoice> changed, CancellationToken ct)
    {
        var last = invoice;
        await foreach (var now in client.Subscription.WatchAsync(invoice.Id, Every, ct).ConfigureAwait(false))
        {
            changed(now);
            last = now;
        }

        return last;
    }

    private static string Waiting(Invoice invoice) => invoice switch
    {
        { Status: "processing" } => "Payment seen, waiting until it is certain…",
        { PaidSats: > 0, DueSats: { } due } => $"Partly paid, waiting for {Figures.Count(due)} sats more…",
        { ExpiresAt: { } end } => $"Waiting for the payment, until {Figures.Minute(end)}… (Ctrl-C leaves the invoice open)",
        _ => "Waiting for the payment… (Ctrl-C leaves the invoice open)",
    };

    private static void Write(Output output, Invoice invoice)
    {
        output.Facts(
            ("Invoice", invoice.Id),
            ("Months", invoice.Months is { } months ? $"{months} at {invoice.Price}" : null),
            ("Amount", $"{invoice.Amount}" + (invoice.DueSats is { } due ? $" = {Figures.Count(due, "sat")}" : "")),
            ("Note", invoice.Note),
            ("Lightning", invoice.Lightning),
            ("On-chain", invoice.Address),
            ("Link", invoice.Bip21),
            ("Checkout", invoice.CheckoutUrl),
            ("Pay until", invoice.ExpiresAt is { } end ? Figures.Minute(end) : null),
            ("Play money", invoice.Sandbox == true ? "yes, nothing real is paid; --pay-sandbox pays at once" : null));
    }
}
