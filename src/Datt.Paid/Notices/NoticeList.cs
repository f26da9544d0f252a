using Datt.Paid.Protocol.Identity;
using Datt.Paid.Storage;
using Microsoft.EntityFrameworkCore;

namespace Datt.Paid.Notices;

/// <summary>A notice as its account's owner sees it, with what became of its deliveries.</summary>
public sealed record NoticeView(NoticeMessage Message, IReadOnlyList<NoticeDelivery> Deliveries);

/// <summary>The notices of an account.</summary>
public sealed class NoticeList(Database database, NoticeOrigin origin, ServerKey key)
{
    /// <summary>A page, newest first.</summary>
    /// <param name="before">What the page before gave as next; null begins.</param>
    public async Task<(IReadOnlyList<NoticeView> Notices, long? Next)> PageAsync(string accountId, long? before, int limit, CancellationToken ct)
    {
        var rows = await database.ReadAsync(
            db => db.Notices.Include(n => n.Deliveries).Where(n => n.AccountId == accountId && (before == null || n.Id < before))
                .OrderByDescending(n => n.Id).Take(limit + 1).ToListAsync(ct), ct);
        var url = origin.Url();
        var page = rows.Take(limit).Select(n => new NoticeView(NoticeMessage.Of(n, key.Id, url), [.. n.Deliveries.OrderBy(d => d.Channel)])).ToList();
        return (page, rows.Count > limit ? rows[limit - 1].Id : null);
    }
}
