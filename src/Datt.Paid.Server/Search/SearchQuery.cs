using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Datt.Paid.Search;
using Datt.Paid.Server.Problems;
using Microsoft.AspNetCore.WebUtilities;

namespace Datt.Paid.Server.Search;

/// <summary>Reads the parameters of a search out of the query string, without a dictionary in between.</summary>
public static class SearchQuery
{
    private static readonly string[] Times = ["yyyy-MM-dd'T'HH:mm:ss.FFFFFFFK", "yyyy-MM-dd'T'HH:mmK"];

    /// <summary>Reads <paramref name="query"/>; parameters that this call does not know are ignored, of two equal ones the last counts.</summary>
    public static bool TryRead(QueryString query, [NotNullWhen(true)] out SearchRequest? request, [NotNullWhen(false)] out Problem? problem)
    {
        var read = new SearchRequest();
        problem = null;
        foreach (var pair in new QueryStringEnumerable(query.Value))
        {
            problem = Take(pair, ref read);
            if (problem is not null)
            {
                request = null;
                return false;
            }
        }
        if (read.Query.Length == 0 && read is { Label: null, Tag: null, Author: null, Type: null, Language: null })
        {
            request = null;
            problem = Problem.Invalid("query", "Say what to look for: q=words, or a filter such as label=.") with { Input = "q" };
            return false;
        }
        request = read;
        return true;
    }

    private static Problem? Take(QueryStringEnumerable.EncodedNameValuePair pair, ref SearchRequest read)
    {
        var value = pair.DecodeValue().ToString();
        switch (pair.DecodeName().Span)
        {
            case "q":
                read = read with { Query = value };
                return null;
            case "limit":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) || limit is < 1 or > SearchRequest.MaxLimit)
                    return Problem.Invalid("limit", $"limit must be from 1 to {SearchRequest.MaxLimit}.");
                read = read with { Limit = limit };
                return null;
            case "cursor":
                read = read with { Cursor = value.Length == 0 ? null : value };
                return null;
            case "sort":
                if (value is not ("relevance" or "recent"))
                    return Problem.Invalid("sort", "sort must be relevance or recent.");
                read = read with { Sort = value == "recent" ? SearchSort.Recent : SearchSort.Relevance };
                return null;
            case "match":
                if (value is not ("all" or "any" or ""))
                    return Problem.Invalid("match", "match must be all, or be left out.");
                read = read with { MatchAll = value == "all" };
                return null;
            case "budgetMs":
                if (!int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var budget) || budget is < 1 or > 600_000)
                    return Problem.Invalid("budget", "budgetMs must be whole milliseconds from 1 to 600000.") with { Input = "budgetMs" };
                read = read with { Budget = TimeSpan.FromMilliseconds(budget) };
                return null;
            case "since":
                return TakeTime("since", value, wholeDay: false, out var since) is { } bad ? bad : Set(read = read with { Since = since });
            case "until":
                return TakeTime("until", value, wholeDay: true, out var until) is { } wrong ? wrong : Set(read = read with { Until = until });
            case "label":
                return Set(read = read with { Label = Filter(value) });
            case "tag":
                return Set(read = read with { Tag = Filter(value) });
            case "author":
                return Set(read = read with { Author = Filter(value) });
            case "type":
                return Set(read = read with { Type = Filter(value) });
            case "language":
                return Set(read = read with { Language = Filter(value) });
            default:
                return null;
        }
    }

    private static Problem? Set(SearchRequest _) => null;

    private static string? Filter(string value) => value.Length == 0 ? null : value;

    private static Problem? TakeTime(string name, string value, bool wholeDay, out DateTimeOffset? time)
    {
        time = null;
        if (value.Length == 0)
            return null;
        const DateTimeStyles Style = DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal;
        if (DateTimeOffset.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, Style, out var day))
        {
            time = wholeDay && day < DateTimeOffset.MaxValue.AddDays(-1) ? day.AddDays(1).AddMilliseconds(-1) : day;
            return null;
        }
        // A plus sign that was not percent-encoded arrives as a space.
        if (!DateTimeOffset.TryParseExact(value.Replace(' ', '+'), Times, CultureInfo.InvariantCulture, Style, out var exact))
            return Problem.Invalid(name, $"{name} must be a time such as 2026-11-22T15:00:00Z or a day such as 2026-11-22.");
        time = exact;
        return null;
    }
}
