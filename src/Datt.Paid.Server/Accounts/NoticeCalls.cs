using System.Globalization;
using Datt.Paid.Notices;
using Datt.Paid.Server.Access;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.OpenApi;
using Datt.Paid.Server.Problems;
using Datt.Paid.Storage;
using Microsoft.AspNetCore.Http.HttpResults;

namespace Datt.Paid.Server.Accounts;

/// <summary>How a notice went out by one channel.</summary>
/// <param name="Channel">web or email.</param>
/// <param name="State">pending, delivered or failed.</param>
/// <param name="NextAttemptAt">Null unless pending.</param>
/// <param name="Failure">Why the last attempt failed.</param>
public sealed record NoticeDeliveryAnswer(
    string Channel, string State, int Attempts, DateTimeOffset? NextAttemptAt, DateTimeOffset? DeliveredAt, string? Failure);

/// <summary>A notice.</summary>
/// <param name="Id">The same as in what was posted.</param>
/// <param name="Kind">renewalDue, endsSoon, grace, expired, renewed, provisionalLost; more may come.</param>
/// <param name="EndsAt">The end of access that it speaks of, where it does.</param>
public sealed record NoticeAnswer(
    string Id, string Kind, DateTimeOffset Time, DateTimeOffset? EndsAt, string? InvoiceId, string Title, string Text,
    IReadOnlyList<NoticeDeliveryAnswer> Deliveries);

/// <summary>A page of notices, newest first.</summary>
public sealed record NoticesAnswer(IReadOnlyList<NoticeAnswer> Notices, string? Next);

/// <summary>What the server had to say to an account.</summary>
public static class NoticeCalls
{
    private const int DefaultLimit = 20;
    private const int MaxLimit = 200;

    public static void MapNotices(this IEndpointRouteBuilder app) =>
        app.MapGet("/api/v1/account/notices", ListAsync).WithTags("Accounts").Needs(Scopes.Account).Refuses(400).WithName("listNotices")
            .WithSummary("The account's notices, newest first, and whether they were delivered.");

    private static async Task<Results<Ok<NoticesAnswer>, Problem>> ListAsync(
        string? cursor, string? limit, HttpContext context, NoticeList notices, CancellationToken ct)
    {
        if (!Paging.TryReadLimit(limit, DefaultLimit, MaxLimit, out var count, out var problem)
            || !Paging.TryReadCursor(cursor, out var after, out problem))
        {
            return problem;
        }
        long? before = null;
        if (after is not null)
        {
            if (!long.TryParse(after, NumberStyles.None, CultureInfo.InvariantCulture, out var id))
                return Problem.Invalid("cursor", "This cursor is not one that this list gave. Start without a cursor.");
            before = id;
        }
        var (page, next) = await notices.PageAsync(context.Caller().AccountId, before, count, ct);
        return TypedResults.Ok(new NoticesAnswer([.. page.Select(Show)], Paging.Cursor(next?.ToString(CultureInfo.InvariantCulture))));
    }

    private static NoticeAnswer Show(NoticeView view)
    {
        var message = view.Message;
        return new NoticeAnswer(
            message.Id, NoticeMessage.NameOf(message.Kind), message.At, message.EndsAt, message.InvoiceId, message.Title, message.Text,
            [.. view.Deliveries.Select(Show)]);
    }

    private static NoticeDeliveryAnswer Show(NoticeDelivery row) => new(
        row.Channel.ToString().ToLowerInvariant(),
        row.DeliveredAt is not null ? "delivered" : row.DueAt is not null ? "pending" : "failed",
        row.Attempts, row.DueAt, row.DeliveredAt, row.Failure);
}
