using System.Text.Json;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;
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

        var findings = services.GetRequiredService<IOptions<BtcPayOptions>>().Value.IsSet
            ? await services.GetRequiredService<BtcPayInspection>().RunAsync(WebhookUrl(services), ct)
            : [];
        var provider = services.GetRequiredService<IOptions<PaymentsOptions>>().Value.Provider?.ToString();
        if (args.Contains(Json))
            output.WriteLine(JsonSerializer.Serialize(new PaymentsAnswer(provider, TimeProvider.System.GetUtcNow(), [.. findings.Select(FindingAnswer.Of)]), Readable));
        else
            Write(provider, findings, output);
        return findings.Any(f => f.Severity == BtcPaySeverity.Error) ? Wrong : Well;
    }

    private static string? WebhookUrl(IServiceProvider services) =>
        services.GetRequiredService<IOptions<ServerSettings>>().Value.PublicUrl is { Length: > 0 } url
            ? url.TrimEnd('/') + BtcPayInspection.WebhookPath
            : null;

    private static void Write(string? provider, IReadOnlyList<BtcPayFinding> findings, TextWriter output)
    {
        output.WriteLine($"Payment provider: {provider ?? "none"}");
        foreach (var finding in findings.OrderByDescending(f => f.Severity))
        {
            output.WriteLine($"{(finding.Severity == BtcPaySeverity.Error ? "error  " : "warning")} {finding.Code}: {finding.Problem}");
            output.WriteLine($"        {finding.Remedy}");
        }
        output.WriteLine(findings.Count == 0 ? "Nothing is wrong." : $"{findings.Count} findings.");
    }
}
