using Datt.Paid.Server;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Payments;

// The first argument may name a verb; without one the server serves. Everything else is configuration.
var (verb, rest) = args is [var first, ..] && !first.StartsWith('-') && !first.StartsWith('/') ? (first, args[1..]) : ("serve", args);
try
{
    return verb switch
    {
        "serve" => await ServeAsync(rest),
        "reindex" => await Verbs.ReindexAsync(rest, Console.Out),
        "payments" => await PaymentVerb.RunAsync(rest, Console.Out, CancellationToken.None),
        "change-currency" => await Verbs.ChangeCurrencyAsync(rest, Console.Out),
        "key" => await KeyVerb.RunAsync(rest, Console.In, Console.Out),
        "verify" => await Verbs.VerifyAsync(rest, Console.Out),
        _ => Unknown(verb),
    };
}
catch (StartRefused refused)
{
    Console.Error.WriteLine("The server does not start:");
    foreach (var reason in refused.Reasons)
        Console.Error.WriteLine("  " + reason);
    return 2;
}

static async Task<int> ServeAsync(string[] args)
{
    const string abandon = "--abandon";
    await using var server = DattServer.Build([.. args.Where(a => a != abandon)]);
    await DattServer.StartAsync(server, CancellationToken.None, abandonFormerProviders: args.Contains(abandon));
    await server.WaitForShutdownAsync();
    return 0;
}

static int Unknown(string verb)
{
    Console.Error.WriteLine($"'{verb}' is no verb of the server. It has: {string.Join(", ", Verbs.Names)}.");
    return 64;
}
