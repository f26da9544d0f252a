using Datt.Paid.Server.Problems;

namespace Datt.Paid.Server.OpenApi;

/// <summary>The problem document as programs see it; only there to be described.</summary>
/// <param name="Type">Always <c>about:blank</c>.</param>
/// <param name="Title">The status in words.</param>
/// <param name="Status">HTTP status.</param>
/// <param name="Code">Stable and machine-readable.</param>
/// <param name="Detail">For people: which input, and what to do.</param>
/// <param name="Input">The one input at fault, where there is one.</param>
public sealed record ProblemAnswer(string Type, string Title, int Status, string Code, string Detail, string? Input);

/// <summary>States which refusals a call can answer with, beyond those that follow from its access rule.</summary>
public static class Refusals
{
    public static RouteHandlerBuilder Refuses(this RouteHandlerBuilder endpoint, params ReadOnlySpan<int> statuses)
    {
        foreach (var status in statuses)
            endpoint.Produces<ProblemAnswer>(status, Problem.MediaType);
        return endpoint;
    }
}
