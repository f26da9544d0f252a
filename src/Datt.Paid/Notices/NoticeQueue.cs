using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Notices;

/// <summary>A delivery that is due, with what it needs.</summary>
internal sealed record DueNotice(long Id, NoticeChannel Channel, int Attempts, DateTimeOffset DueAt, Notice Notice, string? NoticeUrl, string? Email);

/// <summary>The deliveries in the database: which are due, whose attempt it is, how it ended.</summary>
internal sealed class NoticeQueue(Database database)
{
    /// <summary>A page of what is due by a channel, first attempts first, so that receivers who fail do not hold up the others.</summary>
    /// <param name="after">Attempts and id of the last one of the page before.</param>
    public Task<List<DueNotice>> DueAsync(NoticeChannel channel, (int Attempts, long Id) after, int count, DateTimeOffset now, CancellationToken ct) =>
        database.ReadAsync(
            db => (from delivery in db.NoticeDeliveries
                   where delivery.DueAt <= now && delivery.Channel == channel
                       && (delivery.Attempts > after.Attempts || (delivery.Attempts == after.Attempts && delivery.Id > after.Id))
                   join notice in db.Notices on delivery.NoticeId equals notice.Id
                   join account in db.Users on notice.AccountId equals account.Id
                   orderby delivery.Attempts, delivery.Id
                   select new DueNotice(delivery.Id, channel, delivery.Attempts, delivery.DueAt!.Value, notice, account.NoticeUrl, account.Email))
                .Take(count).ToListAsync(ct), ct);

    /// <summary>
    /// Takes the next attempt: counts it and dates the one after. False when another process was faster. Who dies between this and the mark
    /// leaves the notice to the next date.
    /// </summary>
    public async Task<bool> TryClaimAsync(DueNotice due, DateTimeOffset now, CancellationToken ct)
    {
        var (attempts, next) = (due.Attempts + 1, now + RetrySchedule.After(due.Attempts + 1));
        return await database.WriteAsync(
            db => Unchanged(db, due.Id, due.Attempts, due.DueAt).ExecuteUpdateAsync(
                row => row.SetProperty(d => d.Attempts, attempts).SetProperty(d => d.DueAt, next), ct), ct) == 1;
    }

    public Task DeliveredAsync(DueNotice due, DateTimeOffset now) => database.WriteAsync(
        db => db.NoticeDeliveries.Where(d => d.Id == due.Id).ExecuteUpdateAsync(
            row => row.SetProperty(d => d.DeliveredAt, now).SetProperty(d => d.DueAt, (DateTimeOffset?)null).SetProperty(d => d.Failure, (string?)null)),
        CancellationToken.None);

    /// <summary>Notes why an attempt failed.</summary>
    /// <param name="attempts">Attempts begun, this one included; where there were more meanwhile, nothing is noted.</param>
    public Task FailedAsync(DueNotice due, int attempts, string reason, CancellationToken ct) => database.WriteAsync(
        db => db.NoticeDeliveries.Where(d => d.Id == due.Id && d.Attempts == attempts && d.DeliveredAt == null)
            .ExecuteUpdateAsync(row => row.SetProperty(d => d.Failure, reason), ct), ct);

    /// <summary>Ends it without delivery.</summary>
    public Task GiveUpAsync(DueNotice due, int attempts, string reason, CancellationToken ct) => database.WriteAsync(
        db => db.NoticeDeliveries.Where(d => d.Id == due.Id && d.Attempts == attempts && d.DeliveredAt == null)
            .ExecuteUpdateAsync(row => row.SetProperty(d => d.Failure, reason).SetProperty(d => d.DueAt, (DateTimeOffset?)null), ct), ct);

    private static IQueryable<NoticeDelivery> Unchanged(DattDbContext db, long id, int attempts, DateTimeOffset dueAt) =>
        db.NoticeDeliveries.Where(d => d.Id == id && d.Attempts == attempts && d.DueAt == dueAt);
}
