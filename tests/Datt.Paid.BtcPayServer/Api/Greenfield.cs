using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.BtcPayServer.Invoices;
using Datt.Paid.BtcPayServer.Stores;
using Datt.Paid.BtcPayServer.Webhooks;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Datt.Paid.BtcPayServer.Api;

/// <summary>Everything that the API shares: who may call, what a path names, what goes wrong on purpose.</summary>
internal sealed class Greenfield(IEndpointRouteBuilder routes, ServerState state)
{
    public ServerState State => state;

    /// <summary>Maps a call below <c>/api/v1</c>.</summary>
    /// <param name="policy">Permission it needs; empty for any key, null for nobody's.</param>
    public void Map(string method, string path, string? policy, Func<Call, Task<Answer>> handle) =>
        routes.MapMethods($"/api/v1{path}", [method], context => HandleAsync(context, policy, handle));

    public void Map(string method, string path, string? policy, Func<Call, Answer> handle) =>
        Map(method, path, policy, call => Task.FromResult(handle(call)));

    /// <summary>Maps a call under its short path and under the store's, which older servers have alone.</summary>
    public void MapBoth(string method, string path, string policy, Func<Call, Task<Answer>> handle)
    {
        Map(method, path, policy, handle);
        Map(method, $"/stores/{{storeId}}{path}", policy, handle);
    }

    public void MapBoth(string method, string path, string policy, Func<Call, Answer> handle) =>
        MapBoth(method, path, policy, call => Task.FromResult(handle(call)));

    private async Task HandleAsync(HttpContext context, string? policy, Func<Call, Task<Answer>> handle)
    {
        var fault = state.Faults.Api?.Invoke(context.Request.Method, context.Request.Path) ?? ApiFault.None;
        switch (fault)
        {
            case ApiFault.ServerError:
                await new Answer(500, null).WriteAsync(context.Response);
                return;
            case ApiFault.TimeOut:
                await Task.Delay(Timeout.Infinite, context.RequestAborted).ContinueWith(_ => { }, TaskScheduler.Default);
                return;
        }
        var answer = await AnswerAsync(context, policy, handle);
        if (fault == ApiFault.LoseAnswer)
            context.Abort();
        else
            await answer.WriteAsync(context.Response);
    }

    private async Task<Answer> AnswerAsync(HttpContext context, string? policy, Func<Call, Task<Answer>> handle)
    {
        var (key, refusal) = policy is null ? (null, null) : Authenticate(context.Request);
        if (refusal is not null)
            return refusal;
        var (body, problem) = await ReadAsync(context.Request);
        Call call;
        lock (state.Watcher.Gate)
        {
            if (Resolve(context.Request.RouteValues) is not { } found)
                return Answer.Forbidden(policy ?? "");
            if (policy is { Length: > 0 } && !key!.Allows(policy, found.Store?.Id))
                return Answer.Forbidden(policy);
            call = new Call(context.Request, key, found.Store, found.Invoice, found.Webhook, body ?? []);
        }
        return problem ?? await handle(call);
    }

    private (ApiKey? Key, Answer? Refusal) Authenticate(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith("token ", StringComparison.OrdinalIgnoreCase))
            return (null, Answer.Unauthenticated("Authentication is required for accessing this endpoint"));
        lock (state.Watcher.Gate)
        {
            return state.Keys.TryGetValue(header["token ".Length..].Trim(), out var key)
                ? (key, null)
                : (null, Answer.Unauthenticated("ApiKey authentication failed: Unknown API Key"));
        }
    }

    /// <summary>Finds what the path names; null when any of it does not exist or is another store's.</summary>
    private (Store? Store, Invoice? Invoice, Webhook? Webhook)? Resolve(RouteValueDictionary route)
    {
        Store? store = null;
        Invoice? invoice = null;
        Webhook? webhook = null;
        if (route.TryGetValue("storeId", out var storeId) && !state.Stores.TryGetValue((string)storeId!, out store))
            return null;
        if (route.TryGetValue("invoiceId", out var invoiceId))
        {
            invoice = state.Stores.Values.Select(s => s.Invoices.GetValueOrDefault((string)invoiceId!)).FirstOrDefault(i => i is not null);
            if (invoice is null || (store is not null && invoice.Store != store))
                return null;
            store = invoice.Store;
        }
        if (route.TryGetValue("webhookId", out var webhookId))
        {
            webhook = state.Stores.Values.Select(s => s.Webhooks.GetValueOrDefault((string)webhookId!)).FirstOrDefault(w => w is not null);
            if (webhook is null && store is null)
                return null;
            store ??= state.Stores[webhook!.StoreId];
            webhook = webhook?.StoreId == store.Id ? webhook : null;
        }
        return (store, invoice, webhook);
    }

    /// <summary>Names in a body count in any case: BTCPay's own client writes them with a capital.</summary>
    private static readonly JsonNodeOptions AnyCase = new() { PropertyNameCaseInsensitive = true };

    private static async Task<(JsonObject? Body, Answer? Problem)> ReadAsync(HttpRequest request)
    {
        if (request.ContentLength is null or 0 && !request.Headers.ContainsKey("Transfer-Encoding"))
            return (null, null);
        try
        {
            return await JsonNode.ParseAsync(request.Body, AnyCase) is JsonObject body
                ? (body, null)
                : (null, Answer.Invalid(("request", "The request field is required.")));
        }
        catch (JsonException e)
        {
            return (null, Answer.Invalid(("", e.Message), ("request", "The request field is required.")));
        }
    }
}
