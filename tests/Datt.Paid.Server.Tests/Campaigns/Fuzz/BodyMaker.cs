using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;

namespace Datt.Paid.Server.Tests.Campaigns.Fuzz;

/// <summary>Bodies after a schema, and then spoilt: as JSON, as text, as bytes.</summary>
internal sealed class BodyMaker(ApiDescription api)
{
    private const int DeepestSchema = 6;
    private static readonly string[] LineEnds = ["\n", "\n", "\n", "\r\n", "\n\n", "\r", "\n\r", " \n", "\u2028", "\0\n", ""];

    /// <summary>One JSON document.</summary>
    public byte[] Json(JsonNode? schema, Random random) => Spoil(Encoding.UTF8.GetBytes(Text(schema, random, 0)), random);

    /// <summary>Records and deletes, a line each, with every kind of line end.</summary>
    public static byte[] Lines(Random random)
    {
        var text = new StringBuilder(random.Next(30) == 0 ? "\ufeff" : "");
        for (var lines = random.Next(40) == 0 ? random.Next(200, 2000) : random.Next(0, 12); lines > 0; lines--)
            text.Append(Line(random)).Append(LineEnds[random.Next(LineEnds.Length)]);
        return Spoil(Encoding.UTF8.GetBytes(text.ToString()), random);
    }

    /// <summary>A record with each field right, odd, of another type, or left out.</summary>
    public static string Record(Random random)
    {
        var fields = new List<string>();
        Field("contentId", 10, $"fuzz:{random.Next(500)}");
        Field("title", 10, $"Paris guide {random.Next(100)}");
        Field("summary", 3, Oddities.Query(random));
        Field("label", 3, "travel");
        Field("author", 3, "ann");
        Field("type", 3, "text/markdown");
        Field("language", 3, "en");
        Field("url", 3, "https://example.org/a");
        if (random.Next(3) == 0)
            fields.Add($"\"tags\":[{string.Join(',', Enumerable.Range(0, random.Next(5) == 0 ? random.Next(60) : 2).Select(_ => Quoted(Oddities.String(random))))}]");
        if (random.Next(3) == 0)
            fields.Add($"\"size\":{Oddities.Number(random)}");
        if (random.Next(3) == 0)
            fields.Add($"\"publishedAt\":{Quoted(Oddities.Date(random))}");
        if (random.Next(10) == 0)
            fields.Add($"{Quoted(Oddities.String(random))}:{Any(random)}");
        return "{" + string.Join(',', fields) + "}";

        void Field(string name, int often, string usual)
        {
            if (random.Next(often + 1) == 0)
                return;
            fields.Add($"\"{name}\":" + random.Next(8) switch { 0 => Quoted(Oddities.String(random)), 1 => random.Next(4) == 0 ? Any(random) : Quoted(usual), _ => Quoted(usual) });
        }
    }

    private static string Line(Random random) => random.Next(12) switch
    {
        0 => Any(random),
        1 => Oddities.String(random),
        2 => "",
        3 => $$"""{"op":"delete","contentId":"fuzz:{{random.Next(500)}}"}""",
        4 => $$"""{"op":{{Any(random)}},"contentId":{{Any(random)}}}""",
        _ => Record(random),
    };

    private string Text(JsonNode? schema, Random random, int depth)
    {
        schema = api.Resolve(schema);
        if (random.Next(12) == 0 || depth > DeepestSchema || schema is not JsonObject)
            return Any(random);
        if (Choice(schema, random) is { } choice)
            return Text(choice, random, depth + 1);
        if (schema["enum"] is JsonArray { Count: > 0 } values && random.Next(5) != 0)
            return values[random.Next(values.Count)]?.ToJsonString() ?? "null";
        return TypeOf(schema, random) switch
        {
            "object" => Object(schema, random, depth),
            "array" => "[" + string.Join(',', Enumerable.Range(0, random.Next(4)).Select(_ => Text(schema["items"], random, depth + 1))) + "]",
            "integer" or "number" => random.Next(2) == 0 ? random.Next(40).ToString(CultureInfo.InvariantCulture) : Oddities.Number(random),
            "boolean" => random.Next(2) == 0 ? "true" : "false",
            "string" => Quoted(schema["format"]?.GetValue<string>() == "date-time" ? Oddities.Date(random) : Oddities.String(random)),
            _ => "null",
        };
    }

    private string Object(JsonNode schema, Random random, int depth)
    {
        var members = (schema["properties"] as JsonObject ?? [])
            .Where(_ => random.Next(8) != 0)
            .Select(p => $"{Quoted(p.Key)}:{Text(p.Value, random, depth + 1)}")
            .ToList();
        if (members.Count > 0 && random.Next(12) == 0)
            members.Add(members[random.Next(members.Count)]);
        if (random.Next(12) == 0)
            members.Add($"{Quoted(Oddities.String(random))}:{Any(random)}");
        return "{" + string.Join(',', members) + "}";
    }

    private static JsonNode? Choice(JsonNode schema, Random random)
    {
        foreach (var keyword in (string[])["oneOf", "anyOf", "allOf"])
        {
            if (schema[keyword] is JsonArray { Count: > 0 } choices)
                return choices[random.Next(choices.Count)];
        }
        return null;
    }

    private static string? TypeOf(JsonNode schema, Random random) => schema["type"] switch
    {
        JsonArray { Count: > 0 } types => types[random.Next(types.Count)]!.GetValue<string>(),
        JsonValue type => type.GetValue<string>(),
        _ => schema["properties"] is null ? "string" : "object",
    };

    private static string Any(Random random) => random.Next(10) switch
    {
        0 => "null",
        1 => "true",
        2 => "[]",
        3 => "{}",
        4 => string.Concat(Enumerable.Repeat("[", random.Next(1, 3000))),
        5 => string.Concat(Enumerable.Repeat("{\"a\":", 200)) + "1" + new string('}', 200),
        6 => Oddities.Number(random),
        7 => "\"\\ud800\"",
        8 => "\"\\u0000\"",
        _ => Quoted(Oddities.String(random)),
    };

    private static string Quoted(string text) => JsonSerializer.Serialize(text);

    /// <summary>In one of six cases: some bytes changed, cut, doubled, put in or moved.</summary>
    private static byte[] Spoil(byte[] bytes, Random random)
    {
        if (random.Next(6) != 0)
            return bytes;
        var spoilt = bytes.ToList();
        for (var changes = random.Next(1, 5); changes > 0; changes--)
        {
            var at = random.Next(spoilt.Count + 1);
            var length = random.Next(spoilt.Count - at + 1);
            switch (random.Next(5))
            {
                case 0 when at < spoilt.Count:
                    spoilt[at] = (byte)random.Next(256);
                    break;
                case 1:
                    spoilt.RemoveRange(at, length);
                    break;
                case 2:
                    spoilt.Insert(at, (byte)random.Next(256));
                    break;
                case 3:
                    spoilt.InsertRange(at, (byte[])[0xed, 0xa0, 0x80, 0, 0xff, 0xc0]);
                    break;
                default:
                    spoilt.InsertRange(random.Next(spoilt.Count + 1), spoilt.GetRange(at, Math.Min(length, 2000)));
                    break;
            }
        }
        return [.. spoilt];
    }
}
