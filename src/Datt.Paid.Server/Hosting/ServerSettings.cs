using System.Net;

namespace Datt.Paid.Server.Hosting;

/// <summary>What is said directly below <c>Datt</c>: where the server keeps its things and how others see it.</summary>
public sealed class ServerSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt";

    /// <summary>Everything the server keeps; safe to copy when stopped.</summary>
    public string DataDirectory { get; set; } = "./data";

    /// <summary>How others see this server; the host's name when empty.</summary>
    public string Name { get; set; } = "";

    /// <summary>Base URL under which others reach this server; the first bound address when empty.</summary>
    public string PublicUrl { get; set; } = "";

    /// <summary>URLs of servers, or of lists of servers, to start from.</summary>
    public List<string> Bootstrap { get; set; } = [];

    /// <summary>Addresses or networks (CIDR) whose <c>X-Forwarded-*</c> headers are believed.</summary>
    public List<string> TrustedProxies { get; set; } = [];

    /// <summary>The database: <c>Sqlite</c>, a file in the data directory.</summary>
    public DatabaseKind Database { get; set; } = DatabaseKind.Sqlite;

    public IEnumerable<string> Errors()
    {
        if (string.IsNullOrWhiteSpace(DataDirectory))
            yield return "Datt:DataDirectory is empty; it must name a directory.";
        if (Name.Length > 200)
            yield return "Datt:Name is longer than 200 characters.";
        if (PublicUrl.Length > 0 && !IsWeb(PublicUrl))
            yield return $"Datt:PublicUrl is '{PublicUrl}'; it must be an absolute http or https URL.";
        for (var i = 0; i < Bootstrap.Count; i++)
        {
            if (!IsWeb(Bootstrap[i]))
                yield return $"Datt:Bootstrap:{i} is '{Bootstrap[i]}'; it must be an absolute http or https URL.";
        }
        for (var i = 0; i < TrustedProxies.Count; i++)
        {
            if (!IPAddress.TryParse(TrustedProxies[i], out _) && !IPNetwork.TryParse(TrustedProxies[i], out _))
                yield return $"Datt:TrustedProxies:{i} is '{TrustedProxies[i]}'; it must be an IP address or a network such as 10.0.0.0/8.";
        }
        if (Database == DatabaseKind.Postgres)
            yield return "Datt:Database is Postgres, which this version cannot use yet; set it to Sqlite.";
    }

    private static bool IsWeb(string url) =>
        Uri.TryCreate(url, UriKind.Absolute, out var uri) && (uri.Scheme == Uri.UriSchemeHttp || uri.Scheme == Uri.UriSchemeHttps);
}

/// <summary>Databases that the configuration can name.</summary>
public enum DatabaseKind
{
    Sqlite,
    Postgres,
}
