using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>What the served OpenAPI document says of the calls.</summary>
internal sealed class ApiDescription(JsonNode document)
{
    private static readonly string[] Methods = ["get", "put", "post", "patch", "delete"];

    /// <summary>One call.</summary>
    /// <param name="Method">Upper case.</param>
    /// <param name="Template">Path with names in braces.</param>
    /// <param name="Parameters">Of path, query and headers.</param>
    /// <param name="Bodies">Schema of the body by content type; empty for calls without one.</param>
    internal sealed record Call(string Method, string Template, List<Parameter> Parameters, List<(string ContentType, JsonNode? Schema)> Bodies);

    internal sealed record Parameter(string Name, string In, JsonNode? Schema);

    public List<Call> Calls()
    {
        var calls = new List<Call>();
        foreach (var (template, item) in document["paths"]!.AsObject())
        {
            foreach (var method in Methods)
            {
                if (item![method] is not { } operation)
                    continue;
                var parameters = Parameters(item).Concat(Parameters(operation)).ToList();
                var bodies = Resolve(operation["requestBody"])?["content"]?.AsObject().Select(c => (c.Key, c.Value?["schema"])).ToList() ?? [];
                calls.Add(new Call(method.ToUpperInvariant(), template, parameters, bodies));
            }
        }
        return calls;
    }

    /// <summary>The node itself, or what it refers to.</summary>
    public JsonNode? Resolve(JsonNode? node)
    {
        for (var hops = 0; hops < 10 && node is JsonObject o && o["$ref"] is JsonValue reference; hops++)
        {
            node = document;
            foreach (var step in reference.GetValue<string>().TrimStart('#', '/').Split('/'))
                node = node?[step.Replace("~1", "/", StringComparison.Ordinal).Replace("~0", "~", StringComparison.Ordinal)];
        }
        return node;
    }

    private IEnumerable<Parameter> Parameters(JsonNode of) =>
        (of["parameters"]?.AsArray() ?? []).Select(Resolve).OfType<JsonObject>()
            .Select(p => new Parameter(p["name"]!.GetValue<string>(), p["in"]!.GetValue<string>(), p["schema"]));
}
