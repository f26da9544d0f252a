using System.Net;
using System.Threading.Channels;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Limits;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Federation;

/// <summary>
/// Servers that showed their card. They are followed behind the answer, a few at a time; who comes too often, or when too many wait, is
/// answered as everybody and not followed: whoever is really there is found by the crawler or greets again.
/// </summary>
public sealed class Greetings(Crawler crawler, CrawlJob job, IOptions<LimitSettings> limits, TimeProvider time, ILogger<Greetings> log) : BackgroundService
{
    private const int Most = 1_000;
    private const int AtOnce = 4;
    private const double PerMinute = 30;
    private const double Burst = 200;

    private readonly Channel<(string Id, string Url, string From)> _waiting =
        Channel.CreateBounded<(string, string, string)>(new BoundedChannelOptions(Most) { FullMode = BoundedChannelFullMode.DropWrite });

    private readonly TokenBuckets? _rates = limits.Value.RequestsPerSecond == 0 ? null : new(PerMinute / 60, Burst, time);

    /// <summary>Takes a card whose signature is right; it is not believed yet.</summary>
    public void Take(SignedCard card, IPAddress? from)
    {
        var address = ClientAddress.Of(from);
        if (_rates is null || _rates.TryTake(address, out _))
            _waiting.Writer.TryWrite((card.Card.Id, card.Card.Url, address.ToString(System.Globalization.CultureInfo.InvariantCulture)));
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) =>
        Task.WhenAll(Enumerable.Range(0, AtOnce).Select(_ => FollowAsync(stoppingToken)));

    private async Task FollowAsync(CancellationToken ct)
    {
        await foreach (var (id, url, from) in _waiting.Reader.ReadAllAsync(ct))
        {
            try
            {
                await job.LoadAsync(ct);
                await crawler.FollowAsync(id, url, from, ct);
            }
            catch (Exception fault) when (fault is not OperationCanceledException)
            {
                log.LogError(fault, "Following a greeting failed");
            }
        }
    }
}
