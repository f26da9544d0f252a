using System.Globalization;
using Datt.Paid.Catalog;
using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Search;
using Datt.Paid.Storage;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>What an operator does with the data of a stopped server.</summary>
public static class Verbs
{
    public static readonly IReadOnlyList<string> Names = ["serve", "reindex", "verify", "payments check", "change-currency", "key show, export, import, rotate"];

    /// <summary>Builds everything that is derived from the feed anew: tables, descriptions, full-text index.</summary>
    public static async Task<int> ReindexAsync(string[] args, TextWriter output)
    {
        await using var server = DattServer.Build(args);
        var services = server.Services;
        var clock = System.Diagnostics.Stopwatch.StartNew();
        var figures = await CatalogMaintenance.ReindexAsync(
            services.GetRequiredService<IOptions<CatalogSettings>>().Value, services.GetRequiredService<ServerKey>(),
            services.GetRequiredService<TimeProvider>(), services.GetRequiredService<ILogger<ContentCatalog>>(), CancellationToken.None);
        var index = services.GetRequiredService<IOptions<SearchSettings>>().Value.Directory;
        if (Directory.Exists(index))
            Directory.Delete(index, recursive: true);
        output.WriteLine($"Indexing {figures.Contents} contents ({figures.Records} records) …");
        var parts = services.GetRequiredService<Parts>();
        await parts.OpenIndexAsync(CancellationToken.None);
        await services.GetRequiredService<SearchEngine>().WaitUntilSearchableAsync(parts.PositionAtStart, CancellationToken.None);
        output.WriteLine($"Done in {clock.Elapsed.TotalSeconds:0.0} s.");
        return 0;
    }

    /// <summary>Books every balance out of one currency and into another: <c>change-currency EUR --rate 0.92</c>. 64 for wrong arguments.</summary>
    public static async Task<int> ChangeCurrencyAsync(string[] args, TextWriter output)
    {
        if (args is not [var currency, "--rate", var number, .. var rest]
            || !decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out var rate))
        {
            output.WriteLine("Usage: change-currency EUR --rate 0.92, where one of the old currency is worth 0.92 EUR.");
            return 64;
        }
        // What is being changed need not fit the configuration yet.
        await using var server = DattServer.Build([.. rest, $"--{PricingOptions.Section}:Currency={currency}"]);
        var services = server.Services;
        await services.GetRequiredService<Database>().MigrateAsync(CancellationToken.None);
        switch (await services.GetRequiredService<BooksCurrency>().ChangeAsync(
            currency, rate, services.GetRequiredService<TimeProvider>().GetUtcNow(), CancellationToken.None))
        {
            case CurrencyChangeOutcome.Changed changed:
                output.WriteLine($"{changed.Accounts} balances were booked out of {changed.From} and into {currency}. Now set Datt:Pricing:Currency to {currency}, and the prices.");
                return 0;
            case CurrencyChangeOutcome.Invalid invalid:
                output.WriteLine(invalid.Reason);
                return 64;
            default:
                output.WriteLine($"Nothing to change: the books are empty or kept in {currency} already.");
                return 0;
        }
    }

    /// <summary>Reads the whole feed again: signatures, manifests, runs, log. Not 0 when something is wrong.</summary>
    public static async Task<int> VerifyAsync(string[] args, TextWriter output)
    {
        await using var server = DattServer.Build(args);
        var problems = await CatalogMaintenance.VerifyAsync(
            server.Services.GetRequiredService<IOptions<CatalogSettings>>().Value, server.Services.GetRequiredService<ServerKey>(), CancellationToken.None);
        foreach (var problem in problems)
            output.WriteLine(problem);
        output.WriteLine(problems.Count == 0 ? "The feed is sound." : $"{problems.Count} problems. Restore the named files from a backup.");
        return problems.Count == 0 ? 0 : 1;
    }
}
