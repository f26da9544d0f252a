using System.Text;
using Datt.Paid.Search.Cursors;
using Datt.Paid.Search.Execution;
using Datt.Paid.Search.Queries;
using Datt.Paid.Server.Hosting;

namespace Datt.Paid.Fuzz.Targets;

/// <summary>What searchers send. Queries go through a real engine in a campaign of their own; here they are only read.</summary>
internal static class SearchTargets
{
    private static readonly byte[] Secret = new byte[32];

    public static IEnumerable<FuzzTarget> All() =>
    [
        new("query", [Text("paris OR london -\"old town\" guide* title:\"a b\" label:travel (tag:x NOT y)"), Text("title:paris \u6771\u4eac caf\u00e9")], Query),
        new("search-cursor", [Text(new SearchCursor(1, 2, 3, true, 10, new HitRank(1, 4, 5, 6)).Sign(Secret))], Cursor),
        new("list-cursor", [Text(Paging.Cursor("node-17")!)], bytes => Paging.TryReadCursor(Encoding.Latin1.GetString(bytes), out var after, out _) && after is not null),
    ];

    private static byte[] Text(string text) => Encoding.UTF8.GetBytes(text);

    private static bool Query(byte[] bytes)
    {
        var text = Encoding.UTF8.GetString(bytes);
        var parsed = QueryParser.Parse(text);
        if (parsed is ParsedQuery.Error error)
            Must.Hold(error.Position >= 0 && error.Position <= Math.Max(text.Length, QueryParser.MaxLength), "an error has no place in the query");
        return parsed is ParsedQuery.Query;
    }

    private static bool Cursor(byte[] bytes)
    {
        var text = Encoding.Latin1.GetString(bytes);
        if (SearchCursor.Read(text, Secret) is not { } cursor)
            return false;
        Must.Hold(cursor.Sign(Secret) == text, "a cursor has two texts");
        return true;
    }
}
