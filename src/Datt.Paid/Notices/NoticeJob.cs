using Datt.Paid.Protocol.Identity;
using Datt.Paid.Storage;
using Microsoft.Extensions.Logging;

namespace Datt.Paid.Notices;

/// <summary>
/// Each minute: delivers the notices that are due, by web and by e-mail independently. May run twice at once and die anywhere: a notice may
/// then arrive twice under the same id, and none is lost. Accounts go side by side in bounded number; within an account one after the other, and
/// after a receiver was silent the account's rest waits for the next run.
/// </summary>
public sealed class NoticeJob
{
    private const int Page = 200;
    private const int WebAtOnce = 16;
    private const int MailAtOnce = 4;

    /// <summary>No attempt begins later in a run than this; the next run goes on.</summary>
    private static readonly TimeSpan RunsFor = TimeSpan.FromSeconds(45);

    private readonly NoticeQueue _queue;
    private readonly NoticePost _post;
    private readonly NoticeMail _mail;
    private readonly NoticeMetrics _metrics;
    private readonly NoticeOrigin _origin;
    private readonly ServerKey _key;
    private readonly TimeProvider _time;
    private readonly ILogger<NoticeJob> _log;

    internal NoticeJob(
        NoticeQueue queue, NoticePost post, NoticeMail mail, NoticeMetrics metrics, NoticeOrigin origin, ServerKey key, TimeProvider time,
        ILogger<NoticeJob> log) =>
        (_queue, _post, _mail, _metrics, _origin, _key, _time, _log) = (queue, post, mail, metrics, origin, key, time, log);

    public Task RunAsync(CancellationToken ct)
    {
        var until = _time.GetUtcNow() + RunsFor;
        return Task.WhenAll(RunAsync(NoticeChannel.Web, WebAtOnce, until, ct), RunAsync(NoticeChannel.Email, MailAtOnce, until, ct));
    }

    private async Task RunAsync(NoticeChannel channel, int atOnce, DateTimeOffset until, CancellationToken ct)
    {
        var after = (Attempts: 0, Id: 0L);
        var silent = new HashSet<string>();
        while (_time.GetUtcNow() is var now && now < until && await _queue.DueAsync(channel, after, Page, now, ct) is { Count: > 0 } due)
        {
            var accounts = due.Where(d => !silent.Contains(d.Notice.AccountId)).GroupBy(d => d.Notice.AccountId);
            var options = new ParallelOptions { MaxDegreeOfParallelism = atOnce, CancellationToken = ct };
            await Parallel.ForEachAsync(accounts, options, async (account, stop) =>
            {
                if (await AnswersAsync(account, until, stop))
                    return;
                lock (silent)
                    silent.Add(account.Key);
            });
            after = (due[^1].Attempts, due[^1].Id);
        }
    }

    /// <summary>Delivers the notices of one account; false when its receiver was silent.</summary>
    private async Task<bool> AnswersAsync(IEnumerable<DueNotice> account, DateTimeOffset until, CancellationToken ct)
    {
        foreach (var due in account)
        {
            if (_time.GetUtcNow() >= until)
                return true;
            try
            {
                if (await AttemptAsync(due, ct) is DeliveryOutcome.Failed { Silent: true })
                    return false;
            }
            catch (Exception fault) when (!ct.IsCancellationRequested)
            {
                _log.LogError(fault, "Notice {Notice} could not be handled; it stays due.", due.Notice.Id);
                return true;
            }
        }
        return true;
    }

    /// <summary>Null where there was nothing to attempt.</summary>
    private async Task<DeliveryOutcome?> AttemptAsync(DueNotice due, CancellationToken ct)
    {
        if (EndOf(due) is { } end)
        {
            await GiveUpAsync(due, due.Attempts, end, ct);
            return null;
        }
        if (!await _queue.TryClaimAsync(due, _time.GetUtcNow(), ct))
            return null;
        var outcome = await SendAsync(due, ct);
        var attempts = due.Attempts + 1;
        if (outcome is DeliveryOutcome.Failed failed)
        {
            if (attempts >= RetrySchedule.Attempts)
                await GiveUpAsync(due, attempts, failed.Reason, ct);
            else
            {
                await _queue.FailedAsync(due, attempts, failed.Reason, ct);
                _metrics.Count(due.Channel, "failed");
            }
        }
        else
        {
            await _queue.DeliveredAsync(due, _time.GetUtcNow());
            _metrics.Count(due.Channel, "delivered");
        }
        return outcome;
    }

    private Task<DeliveryOutcome> SendAsync(DueNotice due, CancellationToken ct)
    {
        var url = _origin.Url();
        var message = NoticeMessage.Of(due.Notice, _key.Id, url);
        return due.Channel == NoticeChannel.Web ? _post.SendAsync(due.NoticeUrl!, message, url, ct) : _mail.SendAsync(due.Email!, message, ct);
    }

    private async Task GiveUpAsync(DueNotice due, int attempts, string reason, CancellationToken ct)
    {
        await _queue.GiveUpAsync(due, attempts, reason, ct);
        _metrics.Count(due.Channel, "given_up");
    }

    /// <summary>Why there is nothing left to attempt; null where there is.</summary>
    private string? EndOf(DueNotice due) => due switch
    {
        { Attempts: var attempts } when attempts >= RetrySchedule.Attempts => "The last attempt did not end.",
        { Channel: NoticeChannel.Web, NoticeUrl: null } => "The account has no notice URL any more.",
        { Channel: NoticeChannel.Email, Email: null } => "The account has no e-mail address any more.",
        { Channel: NoticeChannel.Email } when !_mail.IsSet => "This server sends no e-mail.",
        _ => null,
    };
}
