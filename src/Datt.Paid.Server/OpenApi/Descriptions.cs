using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.OpenApi;

/// <summary>States of hand-written handlers what typed ones say by their signature.</summary>
public static class Descriptions
{
    /// <summary>Maps a hand-written handler so that the API explorer sees it, which looks for the method of a handler.</summary>
    public static IEndpointConventionBuilder MapDescribed(this IEndpointRouteBuilder app, string path, RequestDelegate handler) =>
        app.MapGet(path, handler).WithMetadata(handler.Method);

    /// <summary>What it reads from the query string.</summary>
    public static T Describes<T>(this T endpoint, QueryParameters parameters) where T : IEndpointConventionBuilder =>
        endpoint.WithMetadata(parameters);

    /// <summary>What it answers with status 200.</summary>
    public static IEndpointConventionBuilder Answers<TAnswer>(this IEndpointConventionBuilder endpoint, string contentType = "application/json") =>
        endpoint.WithMetadata(new ProducesResponseTypeMetadata(StatusCodes.Status200OK, typeof(TAnswer), [contentType]));

    /// <summary>What it may refuse with, beyond what follows from its access rule.</summary>
    public static IEndpointConventionBuilder AlsoRefuses(this IEndpointConventionBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            endpoint.WithMetadata(new ProducesResponseTypeMetadata(status, typeof(ProblemAnswer), [Problem.MediaType]));
        return endpoint;
    }

    /// <summary>Its name for generated clients, its chapter, and one line about it.</summary>
    public static void Names(this IEndpointConventionBuilder endpoint, string name, string tag, string summary) =>
        endpoint.WithName(name).WithTags(tag).WithSummary(summary);
}
