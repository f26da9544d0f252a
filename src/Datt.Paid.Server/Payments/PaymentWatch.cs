using Datt.Paid.Payments;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Server.Hosting;

namespace Datt.Paid.Server.Payments;

/// <summary>
/// Checks the payment side once the server listens, again with growing pauses while something is wrong, and now and then when nothing is.
/// What it finds is shown; the server runs whatever it finds.
/// </summary>
public sealed class PaymentWatch(
    IEnumerable<IPaymentCheck> checks, WebhookInbox inbox, PaymentHealth health, PublicAddress address, IHostApplicationLifetime lifetime,
    TimeProvider time, ILogger<PaymentWatch> log) : BackgroundService
{
    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan LongestPause = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan WhenWell = TimeSpan.FromHours(6);

    private readonly List<IPaymentCheck> _checks = [.. checks.Where(c => c.IsSet)];

    protected override async Task ExecuteAsync(CancellationToken ct)
    {
        if (_checks.Count == 0)
            return;
        try
        {
            await ListeningAsync(ct);
            await Task.WhenAll(inbox.RunAsync(ct), CheckAsync(ct));
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
        }
    }

    private async Task CheckAsync(CancellationToken ct)
    {
        for (var pause = FirstPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            await OnceAsync(ct);
            var well = health.Report is { CheckedAt: not null, Errors: 0 };
            if (well)
                pause = FirstPause / 2;
            await Task.Delay(well ? WhenWell : pause, time, ct);
        }
    }

    private async Task OnceAsync(CancellationToken ct)
    {
        try
        {
            var before = health.Report;
            var findings = new List<PaymentFinding>();
            foreach (var check in _checks)
                findings.AddRange(await check.CheckAsync(address.Base.Length == 0 ? null : address.Base, ct));
            health.Report = new PaymentReport(time.GetUtcNow(), findings);
            Tell(before, findings);
        }
        catch (Exception fault) when (!ct.IsCancellationRequested)
        {
            log.LogError(fault, "The check of the payment side failed; it is tried again");
        }
    }

    /// <summary>Each finding once, not at every repetition.</summary>
    private void Tell(PaymentReport before, List<PaymentFinding> findings)
    {
        foreach (var finding in findings.Except(before.Findings))
        {
            log.Log(
                finding.Severity == FindingSeverity.Error ? LogLevel.Error : LogLevel.Warning, "Payments, {Code}: {Problem} {Remedy}",
                finding.Code, finding.Problem, finding.Remedy);
        }
        if (findings.Count == 0 && (before.CheckedAt is null || before.Findings.Count > 0))
            log.LogInformation("The payment side is set up as it should be: {Providers}", string.Join(", ", _checks.Select(c => c.Kind)));
    }

    private async Task ListeningAsync(CancellationToken ct)
    {
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var first = lifetime.ApplicationStarted.Register(started.SetResult);
        await started.Task.WaitAsync(ct);
    }
}
