using System.Collections.Concurrent;
using System.Globalization;
using Datt.Paid.BtcPayServer;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>What goes wrong between the provider and us, by chance, and how often it did. Asked from several threads.</summary>
internal sealed class Trouble(Random random)
{
    private readonly Lock _gate = new();
    private readonly ConcurrentDictionary<string, int> _counts = [];

    /// <summary>Off: everything is delivered once and answered.</summary>
    public bool On { get; set; } = true;

    public IReadOnlyDictionary<string, int> Counts => _counts;

    public void Count(string what, int times = 1) => _counts.AddOrUpdate(what, times, (_, old) => old + times);

    public int Of(string what) => _counts.GetValueOrDefault(what);

    /// <summary>The fate of one attempt to deliver a webhook: 0 to 5 copies, at once or later, signed well or not.</summary>
    public WebhookFault? Webhook(WebhookAttempt attempt)
    {
        if (!On)
            return Counted<WebhookFault?>("webhook once", null);
        lock (_gate)
        {
            return random.Next(100) switch
            {
                < 40 => Counted<WebhookFault?>("webhook once", null),
                < 55 => Counted("webhook dropped", new WebhookFault { Drop = true }),
                < 75 => Counted("webhook copied", new WebhookFault { Copies = random.Next(2, 6) }),
                < 80 => Counted("webhook held up", new WebhookFault { Delay = TimeSpan.FromSeconds(random.Next(1, 600)) }),
                < 95 => Counted("webhook overtaken", new WebhookFault { Late = TimeSpan.FromSeconds(random.Next(1, 20_000)), Copies = random.Next(1, 3) }),
                _ => Counted("webhook forged", new WebhookFault { WrongSignature = true }),
            };
        }
    }

    public ApiFault Api(string method, string path)
    {
        // Whether a refund was made must stay known to the test; a lost answer to it has a test of its own.
        if (!On || path.EndsWith("/refund", StringComparison.Ordinal))
            return ApiFault.None;
        lock (_gate)
        {
            return random.Next(1000) switch
            {
                < 40 => Counted("api 500", ApiFault.ServerError),
                < 60 => Counted("api answer lost", ApiFault.LoseAnswer),
                < 62 => Counted("api silent", ApiFault.TimeOut),
                _ => ApiFault.None,
            };
        }
    }

    public override string ToString() =>
        string.Join(", ", _counts.OrderBy(c => c.Key, StringComparer.Ordinal).Select(c => string.Create(CultureInfo.InvariantCulture, $"{c.Key} {c.Value}")));

    private T Counted<T>(string what, T fault)
    {
        Count(what);
        return fault;
    }
}
