using System.Globalization;
using System.Text;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>Requests to every described call, and to some that no description has.</summary>
internal sealed class RequestMaker(ApiDescription api, FuzzSubjects subjects)
{
    private const string SearchPath = "/api/v1/search";
    private static readonly string[] ContentTypes = ["application/json", "application/json; charset=utf-16", "text/plain", "application/x-ndjson", "multipart/form-data; boundary=x", "", "application/xml", "*/*", "garbage"];
    private static readonly string[] OddMethods = ["HEAD", "OPTIONS", "PATCH", "TRACE", "PROPFIND", "PUT", "DELETE", "get"];
    private readonly List<ApiDescription.Call> _calls = api.Calls();
    private readonly BodyMaker _bodies = new(api);

    public FuzzRequest Next(Random random) => random.Next(20) switch
    {
        < 11 => Described(random),
        < 15 => Search(random),
        < 16 => Cursor(random),
        < 18 => Bulk(random),
        < 19 => Record(random),
        _ => Unknown(random),
    };

    private FuzzRequest Described(Random random)
    {
        var call = _calls[random.Next(_calls.Count)];
        var path = call.Template;
        foreach (var parameter in call.Parameters.Where(p => p.In == "path"))
            path = path.Replace("{" + parameter.Name + "}", PathValue(parameter.Name, random), StringComparison.Ordinal);
        var query = call.Parameters.Where(p => p.In == "query" && random.Next(2) == 0).Select(p => $"{p.Name}={Value(p.Name, random)}").ToList();
        var request = new FuzzRequest(random.Next(25) == 0 ? OddMethods[random.Next(OddMethods.Length)] : call.Method, Target(path, query, random), Headers(random));
        return call.Bodies.Count == 0 ? request : WithBody(request, call, random);
    }

    private FuzzRequest WithBody(FuzzRequest request, ApiDescription.Call call, Random random)
    {
        var (type, schema) = call.Bodies[random.Next(call.Bodies.Count)];
        if (random.Next(15) == 0)
            type = ContentTypes[random.Next(ContentTypes.Length)];
        if (type.Length > 0)
            request.Headers.Add(("Content-Type", type));
        var body = type.Contains("ndjson", StringComparison.Ordinal) ? BodyMaker.Lines(random) : _bodies.Json(schema, random);
        return request with { Body = body, Chunked = random.Next(3) == 0 };
    }

    private FuzzRequest Search(Random random)
    {
        var path = random.Next(12) switch { 0 => "/api/v1/suggest", 1 => "/search.atom", 2 => "/api/v1/search/stream", _ => SearchPath };
        var query = new List<string> { $"q={Oddities.Escape(Oddities.Query(random), random)}" };
        foreach (var name in (string[])["limit", "cursor", "sort", "label", "tag", "author", "type", "language", "since", "until", "budgetMs", "match"])
        {
            if (random.Next(6) == 0)
                query.Add($"{name}={Value(name, random)}");
        }
        return new FuzzRequest("GET", Target(path, query, random), Headers(random, mostlySubscribed: true));
    }

    /// <summary>A cursor that the server gave, changed: it is never taken for a good one.</summary>
    private FuzzRequest Cursor(Random random)
    {
        var cursor = subjects.Cursor;
        var changed = new StringBuilder(cursor);
        var at = random.Next(cursor.Length);
        switch (random.Next(5))
        {
            case 0:
                changed.Remove(at, cursor.Length - at);
                break;
            case 1:
                changed.Insert(at, "AZaz09-_"[random.Next(8)]);
                break;
            case 2:
                changed.Append(cursor);
                break;
            default:
                changed[at] = changed[at] == 'A' ? 'B' : 'A';
                break;
        }
        // An empty cursor is none.
        var target = $"{SearchPath}?q={FuzzSubjects.CursorQuery}&limit=1&cursor={Uri.EscapeDataString(changed.Length == 0 ? "A" : changed.ToString())}";
        return new FuzzRequest("GET", target, [Subscribed()]) { Expected = [400] };
    }

    private FuzzRequest Bulk(Random random)
    {
        var headers = Headers(random, mostlySubscribed: true);
        headers.Add(("Content-Type", "application/x-ndjson"));
        return new FuzzRequest("POST", $"/api/v1/content/bulk?node={Value("node", random)}", headers, BodyMaker.Lines(random), random.Next(3) == 0);
    }

    private FuzzRequest Record(Random random)
    {
        var headers = Headers(random, mostlySubscribed: true);
        headers.Add(("Content-Type", "application/json"));
        var target = $"/api/v1/content/{PathValue("contentId", random)}?node={Value("node", random)}";
        return new FuzzRequest("PUT", target, headers, Encoding.UTF8.GetBytes(BodyMaker.Record(random)));
    }

    private FuzzRequest Unknown(Random random)
    {
        var path = new StringBuilder();
        for (var parts = random.Next(1, 7); parts > 0; parts--)
            path.Append('/').Append(random.Next(2) == 0 ? ((string[])["api", "v1", "federation", "content", "search", "admin", "console", "_", ".well-known", "peerjs"])[random.Next(10)] : Oddities.Escape(Oddities.String(random), random));
        return new FuzzRequest(random.Next(3) == 0 ? OddMethods[random.Next(OddMethods.Length)] : "GET", path.ToString(), Headers(random));
    }

    private string PathValue(string name, Random random)
    {
        var value = Value(name, random);
        // A dot segment or an empty one makes another path; that is for Unknown.
        return value is "" or "." or ".." ? "x" : value;
    }

    private string Value(string name, Random random)
    {
        if (random.Next(4) == 0)
            return Oddities.Escape(Oddities.String(random), random);
        return name switch
        {
            "contentId" => string.Create(CultureInfo.InvariantCulture, $"fuzz:{random.Next(500)}"),
            "node" or "nodeId" => string.Create(CultureInfo.InvariantCulture, $"fuzz-{random.Next(20)}"),
            "q" => Oddities.Escape(Oddities.Query(random), random),
            "limit" or "months" or "budgetMs" or "leaf" => random.Next(2) == 0 ? random.Next(1, 30).ToString(CultureInfo.InvariantCulture) : Oddities.Escape(Oddities.Number(random), random),
            "since" or "until" => Oddities.Escape(Oddities.Date(random), random),
            "sort" => random.Next(2) == 0 ? "recent" : "relevance",
            "match" => random.Next(2) == 0 ? "all" : "any",
            "cursor" => Uri.EscapeDataString(subjects.Cursor),
            "key" => Uri.EscapeDataString(subjects.SubscribedKey),
            "id" => subjects.Ids[random.Next(subjects.Ids.Count)],
            _ => Oddities.Escape(Oddities.String(random), random),
        };
    }

    private static string Target(string path, List<string> query, Random random)
    {
        if (query.Count > 0 && random.Next(20) == 0)
            query.Add(query[random.Next(query.Count)]);
        var joined = string.Join(random.Next(40) == 0 ? "&&=&" : "&", query);
        return query.Count == 0 ? path : $"{path}?{joined}";
    }

    private (string, string) Subscribed() => ("Authorization", $"Bearer {subjects.SubscribedKey}");

    private List<(string, string)> Headers(Random random, bool mostlySubscribed = false)
    {
        var headers = new List<(string, string)>();
        switch (random.Next(mostlySubscribed ? 30 : 10))
        {
            case 0:
                break;
            case 1:
                headers.Add(("Authorization", $"Bearer {subjects.UnpaidKey}"));
                break;
            case 2:
                headers.Add(("Authorization", ((string[])["Bearer", "Bearer ", "Basic YTpi", "Bearer \u00ff\u00fe", "bearer x y z", "Bearer " + new string('k', 5000), ","])[random.Next(7)]));
                break;
            default:
                headers.Add(Subscribed());
                break;
        }
        if (random.Next(15) == 0)
            headers.Add(("Accept", ((string[])["text/html", "application/xml", "*/*;q=0", "garbage"])[random.Next(4)]));
        if (random.Next(25) == 0)
            headers.Add(("Idempotency-Key", random.Next(3) == 0 ? new string('i', random.Next(1, 2000)) : string.Create(CultureInfo.InvariantCulture, $"fuzz-{random.Next(50)}")));
        if (random.Next(40) == 0)
            headers.Add(((string, string))(random.Next(5) switch { 0 => ("Content-Encoding", "gzip"), 1 => ("Range", "bytes=5-2,-"), 2 => ("If-None-Match", "\"\u00e9"), 3 => ("X-Forwarded-For", "::1, garbage"), _ => ("Origin", "null") }));
        return headers;
    }
}
