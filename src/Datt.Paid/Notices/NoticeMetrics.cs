using System.Diagnostics.Metrics;
using Datt.Paid.Storage;

namespace Datt.Paid.Notices;

/// <summary>Counts attempts to deliver notices, by channel and outcome.</summary>
internal sealed class NoticeMetrics
{
    private readonly Counter<long> _attempts;

    public NoticeMetrics(IMeterFactory meters) => _attempts = meters.Create("Datt.Paid").CreateCounter<long>(
        "datt.notices", "{attempt}", "Attempts to deliver a notice, by channel (web, email) and outcome (delivered, failed, given_up).");

    public void Count(NoticeChannel channel, string outcome) => _attempts.Add(
        1, new KeyValuePair<string, object?>("channel", channel.ToString().ToLowerInvariant()), new KeyValuePair<string, object?>("outcome", outcome));
}
