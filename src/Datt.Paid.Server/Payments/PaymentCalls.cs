using Datt.Paid.Payments;
using Datt.Paid.Server.Access;
using Datt.Paid.Storage;

namespace Datt.Paid.Server.Payments;

/// <summary>The payment side seen by an operator.</summary>
/// <param name="Provider">Null: nobody can pay.</param>
/// <param name="CheckedAt">Null before the first check, and where there is nothing to check.</param>
public sealed record PaymentsAnswer(string? Provider, DateTimeOffset? CheckedAt, IReadOnlyList<FindingAnswer> Findings);

/// <param name="Severity"><c>error</c> or <c>warning</c>.</param>
/// <param name="Code">Stable, for programs.</param>
/// <param name="Remedy">Where to click or what to set.</param>
public sealed record FindingAnswer(string Severity, string Code, string Problem, string Remedy)
{
    public static FindingAnswer Of(PaymentFinding finding) =>
        new(finding.Severity == FindingSeverity.Error ? "error" : "warning", finding.Code, finding.Problem, finding.Remedy);
}

/// <summary>What an operator asks about payments.</summary>
public static class PaymentCalls
{
    public static IServiceCollection AddPaymentCalls(this IServiceCollection services)
    {
        services.AddSingleton<PaymentHealth>();
        services.AddHostedService<PaymentWatch>();
        return services;
    }

    public static void MapPayments(this IEndpointRouteBuilder app)
    {
        app.MapGet("/api/v1/admin/payments", Show).WithTags("Operators").Needs(Scopes.Operator).WithName("getPayments")
            .WithSummary("What the last check of the payment side found, and what to do about it.");
        app.MapWebhooks();
    }

    private static PaymentsAnswer Show(PaymentHealth health, PaymentProviders providers) =>
        new(providers.Current?.Kind.ToString(), health.Report.CheckedAt, [.. health.Report.Findings.Select(FindingAnswer.Of)]);
}
