using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Datt.Paid.BtcPayServer.Contract;

/// <summary>
/// BTCPay's published OpenAPI document, to check exchanges against from either side. Knows the parts of JSON Schema that the document uses; formats,
/// patterns and <c>additionalProperties</c> are not checked (the latter is wrong there wherever it stands below <c>allOf</c>).
/// </summary>
public sealed partial class GreenfieldContract
{
    private readonly JsonObject _document;
    private readonly List<(Regex Pattern, string Template, JsonObject Operations)> _paths = [];

    /// <param name="file">The OpenAPI document.</param>
    public GreenfieldContract(string file)
    {
        _document = (JsonObject)JsonNode.Parse(File.ReadAllBytes(file))!;
        foreach (var (template, operations) in (JsonObject)_document["paths"]!)
        {
            var pattern = Parameter().Replace(Regex.Escape(template).Replace("\\{", "{", StringComparison.Ordinal), "[^/]+");
            _paths.Add((new Regex($"^{pattern}$"), template, (JsonObject)operations!));
        }
    }

    /// <summary>What in an exchange is not as documented, each as <c>METHOD template status place: reason</c>; empty: nothing.</summary>
    public IReadOnlyList<string> Problems(string method, string path, JsonNode? request, int status, JsonNode? response)
    {
        path = path.Split('?')[0];
        var found = Find(path) ?? Find(StorePrefix().Replace(path, "/api/v1"));
        if (found is not { } entry || entry.Operations[method.ToLowerInvariant()] is not JsonObject operation)
            return [$"{method} {AnyId().Replace(path, "/{}")}: not documented"];
        var problems = new List<string>();
        if (!entry.Pattern.IsMatch(path))
            problems.Add("documented without the store");
        if (status < 400 && request is not null)
            Check(Schema(operation["requestBody"]), request, "request", problems);
        if (operation["responses"]![status.ToString(CultureInfo.InvariantCulture)] is not { } documented)
            problems.Add("status not documented");
        else if (Schema(documented) is { } schema && response is not null)
            Check(schema, response, "response", problems);
        return [.. problems.Select(problem => string.Create(CultureInfo.InvariantCulture, $"{method} {entry.Template} {status} {problem}"))];
    }

    private (Regex Pattern, JsonObject Operations, string Template)? Find(string path) => _paths
        .Where(entry => entry.Pattern.IsMatch(path)).OrderBy(entry => entry.Template.Count(c => c == '{'))
        .Select(entry => ((Regex, JsonObject, string)?)(entry.Pattern, entry.Operations, entry.Template)).FirstOrDefault();

    private static JsonNode? Schema(JsonNode? container) => container?["content"]?["application/json"]?["schema"];

    private void Check(JsonNode? schema, JsonNode? value, string place, List<string> problems)
    {
        if (schema is not JsonObject rules)
            return;
        if (rules["$ref"] is { } reference)
        {
            Check(Resolve(reference.ToString()), value, place, problems);
            return;
        }
        if (value is null)
        {
            if ((bool?)rules["nullable"] != true)
                problems.Add($"{place}: null");
            return;
        }
        if (rules["type"]?.ToString() is { } type && !IsOf(type, value))
        {
            problems.Add($"{place}: not a {type}");
            return;
        }
        if (rules["enum"] is JsonArray values && !values.Any(v => v?.ToString() == value.ToString()))
            problems.Add($"{place}: not a documented value");
        foreach (var part in rules["allOf"] as JsonArray ?? [])
            Check(part, value, place, problems);
        foreach (var choice in new[] { rules["anyOf"], rules["oneOf"] }.OfType<JsonArray>())
        {
            if (!choice.Any(part => Fits(part, value, place)))
                problems.Add($"{place}: fits none of the choices");
        }
        foreach (var name in rules["required"] as JsonArray ?? [])
        {
            if (value is JsonObject json && !json.ContainsKey(name!.ToString()))
                problems.Add($"{place}.{name}: missing");
        }
        if (value is JsonObject members && rules["properties"] is JsonObject properties)
        {
            foreach (var (name, member) in members.Where(member => properties.ContainsKey(member.Key)))
                Check(properties[name], member, $"{place}.{name}", problems);
        }
        if (value is JsonArray items && rules["items"] is { } itemRules)
        {
            foreach (var item in items)
                Check(itemRules, item, $"{place}[]", problems);
        }
    }

    private bool Fits(JsonNode? schema, JsonNode? value, string place)
    {
        var problems = new List<string>();
        Check(schema, value, place, problems);
        return problems.Count == 0;
    }

    private JsonNode? Resolve(string reference) =>
        reference.Split('/').Skip(1).Aggregate((JsonNode?)_document, (node, name) => node?[name]);

    private static bool IsOf(string type, JsonNode value) => (type, value.GetValueKind()) switch
    {
        ("object", JsonValueKind.Object) or ("array", JsonValueKind.Array) or ("string", JsonValueKind.String) => true,
        ("number" or "integer", JsonValueKind.Number) or ("boolean", JsonValueKind.True or JsonValueKind.False) => true,
        _ => false,
    };

    [GeneratedRegex(@"\{[^}]+\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("^/api/v1/stores/[^/]+")]
    private static partial Regex StorePrefix();

    [GeneratedRegex("/[A-Za-z0-9]{16,}")]
    private static partial Regex AnyId();
}

/// <summary>Passes calls on and keeps what in them or their answers is not as documented.</summary>
public sealed class ContractHandler(GreenfieldContract contract, HttpMessageHandler inner) : DelegatingHandler(inner)
{
    private readonly Lock _gate = new();
    private readonly HashSet<string> _problems = [];

    /// <summary>How many exchanges were checked.</summary>
    public int Checked { get; private set; }

    public IReadOnlyList<string> Problems
    {
        get
        {
            lock (_gate)
                return [.. _problems];
        }
    }

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var sent = request.Content is null ? null : await request.Content.ReadAsStringAsync(cancellationToken);
        var response = await base.SendAsync(request, cancellationToken);
        await response.Content.LoadIntoBufferAsync(cancellationToken);
        var received = await response.Content.ReadAsStringAsync(cancellationToken);
        var problems = contract.Problems(request.Method.Method, request.RequestUri!.AbsolutePath, Parse(sent), (int)response.StatusCode, Parse(received));
        lock (_gate)
        {
            Checked++;
            _problems.UnionWith(problems);
        }
        return response;
    }

    private static JsonNode? Parse(string? text)
    {
        try
        {
            return string.IsNullOrEmpty(text) ? null : JsonNode.Parse(text);
        }
        catch (JsonException)
        {
            return null;
        }
    }
}
