using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Pricing;
using Datt.Paid.Server.Hosting;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Payments;

/// <summary>
/// <c>payments check</c>: the check of the payment side from the shell. It needs no data directory, so the server may run meanwhile.
/// </summary>
public static class PaymentVerb
{
    private const string Json = "--json";
    private const int Well = 0;
    private const int Wrong = 1;
    private const int WrongUsage = 64;

    private static readonly JsonSerializerOptions Readable = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <param name="args"><c>check</c>, then <c>--json</c> and configuration in any order.</param>
    /// <returns>0 when buyers can pay (there may be warnings), 1 when something is wrong, 64 for wrong usage.</returns>
    /// <exception cref="StartRefused">The configuration cannot be used.</exception>
    public static async Task<int> RunAsync(string[] args, TextWriter output, CancellationToken ct)
    {
        if (args is not ["check", ..])
        {
            output.WriteLine($"Usage: payments check [{Json}] [configuration]");
            return WrongUsage;
        }
        var builder = WebApplication.CreateBuilder([.. args[1..].Where(a => a != Json)]);
        builder.Logging.ClearProviders();
        builder.Services.AddChecked<ServerSettings>(ServerSettings.Section, settings => settings.Errors());
        builder.Services.AddPricing();
        builder.Services.AddPayments(builder.Environment.EnvironmentName, _ => new InvoiceOrigin(""));
        await using var services = builder.Services.BuildServiceProvider();
        Configuration.Check(services);

        var findings = new List<PaymentFinding>();
        foreach (var check in services.GetServices<IPaymentCheck>().Where(c => c.IsSet))
            findings.AddRange(await check.CheckAsync(PublicUrl(services), ct));
        var provider = services.GetRequiredService<IOptions<PaymentsOptions>>().Value.Provider?.ToString();
        if (args.Contains(Json))
            output.WriteLine(JsonSerializer.Serialize(new PaymentsAnswer(provider, TimeProvider.System.GetUtcNow(), [.. findings.Select(FindingAnswer.Of)]), Readable));
        else
            Write(provider, findings, output);
        return findings.Any(f => f.Severity == FindingSeverity.Error) ? Wrong : Well;
    }

    private static string? PublicUrl(IServiceProvider services) =>
        services.GetRequiredService<IOptions<ServerSettings>>().Value.PublicUrl is { Length: > 0 } url ? url.TrimEnd('/') : null;

    private static void Write(string? provider, List<PaymentFinding> findings, TextWriter output)
    {
        output.WriteLine($"Payment provider: {provider ?? "none"}");
        foreach (var finding in findings.OrderByDescending(f => f.Severity))
        {
            output.WriteLine($"{(finding.Severity == FindingSeverity.Error ? "error  " : "warning")} {finding.Code}: {finding.Problem}");
            output.WriteLine($"        {finding.Remedy}");
        }
        output.WriteLine(findings.Count == 0 ? "Nothing is wrong." : $"{findings.Count} findings.");
    }
}
