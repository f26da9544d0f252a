using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json.Nodes;

namespace Datt.Paid.Protocol.Identity;

/// <summary>The members of a card as the HTTP contract names them.</summary>
internal static class CardJson
{
    /// <summary>Longest URL, and text of a member in general, in characters.</summary>
    private const int MaxText = 2_000;

    /// <summary>Longest name of a server, in characters.</summary>
    private const int MaxName = 200;

    /// <summary>Longest word: who has access, a currency, a period, a version.</summary>
    private const int MaxWord = 64;

    /// <summary>Longest decimal number.</summary>
    private const int MaxAmount = 32;

    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    public static JsonObject Write(ServerCard card) => new()
    {
        ["id"] = card.Id,
        ["name"] = card.Name,
        ["url"] = card.Url,
        ["publicKey"] = card.PublicKey,
        ["software"] = card.Software,
        ["version"] = card.Version,
        ["search"] = new JsonObject { ["access"] = card.SearchAccess },
        ["federation"] = Federation(card),
        ["price"] = card.Price is { } price
            ? new JsonObject { ["amount"] = price.Amount, ["currency"] = price.Currency, ["period"] = price.Period }
            : null,
        ["coverage"] = new JsonObject
        {
            ["records"] = card.Coverage.Records,
            ["origins"] = card.Coverage.Origins,
            ["networkRecords"] = card.Coverage.NetworkRecords,
            ["ratio"] = card.Coverage.Ratio,
        },
        ["nodes"] = new JsonObject { ["online"] = card.Nodes.Online, ["known"] = card.Nodes.Known },
        ["time"] = card.Time.ToUniversalTime().ToString(TimeFormat, CultureInfo.InvariantCulture),
    };

    /// <summary>False when a member is missing, of the wrong type or out of range.</summary>
    public static bool TryRead(JsonObject json, [NotNullWhen(true)] out ServerCard? card)
    {
        card = null;
        if (!Text(json, "id", out var id) || !ServerPublicKey.IsFingerprint(id)
            || !Text(json, "name", out var name) || !Text(json, "url", out var url) || !Text(json, "publicKey", out var publicKey)
            || !Text(json, "software", out var software) || !Text(json, "version", out var version)
            || !Text(json["search"], "access", out var search) || !Text(json["federation"], "access", out var federation)
            || name.Length > MaxName || name.Any(char.IsControl) || software.Length > MaxName || version.Length > MaxWord
            || search.Length > MaxWord || federation.Length > MaxWord || !IsWebAddress(url)
            || !Price(json["price"], out var price)
            || !Coverage(json["coverage"], out var coverage)
            || !Count(json["nodes"], "online", out var online) || !Count(json["nodes"], "known", out var known)
            || !Text(json, "time", out var written) || !Records.Rfc3339.TryParse(written, out var time))
            return false;
        card = new ServerCard
        {
            Id = id,
            Name = name,
            Url = url,
            PublicKey = publicKey,
            Software = software,
            Version = version,
            SearchAccess = search,
            FederationAccess = federation,
            SeedsTorrents = json["federation"]!["torrents"] is JsonValue seeds && seeds.TryGetValue(out bool isSeeding) && isSeeding,
            Price = price,
            Coverage = coverage,
            Nodes = new CardNodes(online, known),
            Time = DateTimeOffset.FromUnixTimeMilliseconds(time),
        };
        return true;
    }

    /// <summary>Who seeds no torrents says nothing of them.</summary>
    private static JsonObject Federation(ServerCard card)
    {
        var json = new JsonObject { ["access"] = card.FederationAccess };
        if (card.SeedsTorrents)
            json["torrents"] = true;
        return json;
    }

    private static bool Price(JsonNode? json, out CardPrice? price)
    {
        price = null;
        if (json is null)
            return true;
        if (!Text(json, "amount", out var amount) || !Text(json, "currency", out var currency) || !Text(json, "period", out var period)
            || currency.Length > MaxWord || period.Length > MaxWord || amount.Length is 0 or > MaxAmount || !IsDecimal(amount))
            return false;
        price = new CardPrice(amount, currency, period);
        return true;
    }

    private static bool Coverage(JsonNode? json, [NotNullWhen(true)] out CardCoverage? coverage)
    {
        coverage = null;
        if (!Count(json, "records", out var records) || !Count(json, "origins", out var origins)
            || !Count(json, "networkRecords", out var network) || !Number(json, "ratio", out var ratio) || ratio is < 0 or > 1)
            return false;
        coverage = new CardCoverage(records, origins, network, ratio);
        return true;
    }

    /// <summary>An absolute http or https URL of a host, without user, query or fragment: what calls are appended to.</summary>
    private static bool IsWebAddress(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps)
        && uri is { UserInfo: "", Query: "", Fragment: "", Host.Length: > 0 } && !url.Any(c => c is <= ' ' or '\\' or '?' or '#');

    private static bool IsDecimal(string text) =>
        char.IsAsciiDigit(text[0]) && char.IsAsciiDigit(text[^1]) && text.All(c => char.IsAsciiDigit(c) || c == '.') && text.Count(c => c == '.') <= 1;

    internal static bool Text(JsonNode? json, string member, [NotNullWhen(true)] out string? value)
    {
        value = null;
        return json is JsonObject o && o[member] is JsonValue v && v.TryGetValue(out value) && value.Length <= MaxText;
    }

    private static bool Number(JsonNode? json, string member, out double value)
    {
        value = 0;
        return json is JsonObject o && o[member] is JsonValue v && v.TryGetValue(out value);
    }

    /// <summary>A count in JSON is a double: whole, not negative, at most 2^53.</summary>
    internal static bool Count(JsonNode? json, string member, out long value)
    {
        value = 0;
        if (!Number(json, member, out var number) || number is < 0 or > 9_007_199_254_740_992 || number != Math.Floor(number))
            return false;
        value = (long)number;
        return true;
    }
}
