using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;
using Datt.Paid.Outbound;

namespace Datt.Paid.Federation;

/// <summary>The base address of a server, in the one form under which it is compared and kept.</summary>
/// <param name="Key">The URL without a slash at its end.</param>
/// <param name="Host">Name or IP address.</param>
/// <param name="Site">
/// Who most likely owns it: the last two labels of a name, three where the last but one is as short as in <c>co.uk</c>; the /24 or /48
/// network of an IP address. A coarse stand-in for the public suffix list, which is right for counting, because a limit only has to make
/// addresses cost something.
/// </param>
/// <param name="IsLocal">Not on the public internet: of a test or a LAN.</param>
public sealed record ServerAddress(string Key, string Host, string Site, bool IsLocal)
{
    /// <summary>Longest base address, in characters.</summary>
    public const int MaxLength = 300;

    private static readonly UrlRules Public = new(new OutboundSettings());

    public Uri Url => new(Key);

    /// <summary>Reads what somebody says is a server's address.</summary>
    /// <param name="text">A stranger's text.</param>
    /// <param name="rules">What may be called from here.</param>
    /// <param name="address">The address in its one form.</param>
    /// <param name="problem">Why not; follows the name of the input.</param>
    public static bool TryRead(
        string? text, UrlRules rules, [NotNullWhen(true)] out ServerAddress? address, [NotNullWhen(false)] out string? problem)
    {
        address = null;
        if (text?.Length > MaxLength)
        {
            problem = $"must have at most {MaxLength} characters";
            return false;
        }
        if (!rules.TryRead(text, out var url, out problem))
            return false;
        if (url.Query.Length > 0 || text!.Contains('#', StringComparison.Ordinal))
        {
            problem = "must have neither a query nor a fragment";
            return false;
        }
        // Percent-encoding makes it longer, and others are told it in this form.
        if (url.AbsoluteUri.TrimEnd('/').Length > MaxLength)
        {
            problem = $"must have at most {MaxLength} characters, encoded ones as they are sent";
            return false;
        }
        var host = url.IdnHost.TrimEnd('.').ToLowerInvariant();
        address = new ServerAddress(url.AbsoluteUri.TrimEnd('/'), host, SiteOf(host), Public.Problem(url) is not null);
        return true;
    }

    private static string SiteOf(string host)
    {
        if (IPAddress.TryParse(host.Trim('[', ']'), out var ip))
        {
            if (ip.IsIPv4MappedToIPv6)
                ip = ip.MapToIPv4();
            var bits = ip.AddressFamily == AddressFamily.InterNetwork ? 24 : 48;
            var bytes = ip.GetAddressBytes();
            bytes.AsSpan(bits / 8).Clear();
            return $"{new IPAddress(bytes)}/{bits}";
        }
        var labels = host.Split('.');
        var count = labels.Length >= 3 && labels[^2].Length <= 3 ? 3 : 2;
        return labels.Length <= count ? host : string.Join('.', labels[^count..]);
    }
}
