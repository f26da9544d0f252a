using System.Net;
using System.Text.Json.Nodes;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>Things that are there, so that some of the requests get past the first check.</summary>
internal sealed record FuzzSubjects(string SubscribedKey, string UnpaidKey, string Cursor, IReadOnlyList<string> Ids)
{
    /// <summary>The query that <see cref="Cursor"/> is a page of.</summary>
    public const string CursorQuery = "paris";

    public static async Task<FuzzSubjects> MakeAsync(Uri server, CancellationToken ct)
    {
        using var subscribed = await Caller.SubscribedAsync(server, ct);
        using var unpaid = await Caller.RegisteredAsync(server, ct);
        for (var i = 0; i < 40; i++)
        {
            var body = new JsonObject { ["title"] = $"Paris guide {i}", ["tags"] = new JsonArray("city"), ["language"] = "en" };
            (await subscribed.MustPutAsync($"/api/v1/content/fuzz:{i}?node=fuzz-0", body, ct)).Expect(HttpStatusCode.NoContent);
        }
        string? cursor = null;
        await Eventually.HoldsAsync(
            async () =>
            {
                var page = (await subscribed.MustGetAsync($"/api/v1/search?q={CursorQuery}&limit=1", ct)).Expect(HttpStatusCode.OK).Json;
                return (cursor = page["next"]?.GetValue<string>()) is not null;
            },
            TimeSpan.FromSeconds(10),
            () => "a search with more hits than its limit has a next page",
            ct);
        var invoice = (await subscribed.MustPostAsync("/api/v1/subscription/invoices", new JsonObject { ["months"] = 1 }, ct)).Expect(HttpStatusCode.Created).Json;
        return new FuzzSubjects(subscribed.Key!, unpaid.Key!, cursor!, [invoice["id"]!.GetValue<string>(), "0", "x", Guid.Empty.ToString()]);
    }
}
