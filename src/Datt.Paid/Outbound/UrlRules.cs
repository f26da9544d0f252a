using System.Diagnostics.CodeAnalysis;
using System.Net;
using Datt.Paid.Protocol.Addresses;

namespace Datt.Paid.Outbound;

/// <summary>
/// What can be said of a stranger's URL before it is called: scheme, credentials, port, length, and the host where it is an address. Where a
/// name leads to is looked at when it is connected to, because that can change at any time.
/// </summary>
public sealed class UrlRules(OutboundSettings settings)
{
    /// <summary>Characters of a URL.</summary>
    public const int MaxLength = 2_000;

    /// <summary>Ports from 1024 that belong to other protocols, which a request in their direction might confuse (the Fetch standard's bad ports).</summary>
    private static readonly HashSet<int> OtherProtocols =
        [1719, 1720, 1723, 2049, 3659, 4045, 4190, 5060, 5061, 6000, 6566, 6665, 6666, 6667, 6668, 6669, 6679, 6697, 10080];

    /// <summary>Reads a URL that may be called.</summary>
    /// <param name="text">As the stranger wrote it.</param>
    /// <param name="url">The URL, without a fragment.</param>
    /// <param name="problem">Why not, in words that go with the name of the input.</param>
    /// <param name="secure">Only https, unless private addresses are allowed.</param>
    public bool TryRead(string? text, [NotNullWhen(true)] out Uri? url, [NotNullWhen(false)] out string? problem, bool secure = false)
    {
        url = null;
        problem = null;
        if (string.IsNullOrEmpty(text) || text.Length > MaxLength || text.Any(c => char.IsControl(c) || char.IsWhiteSpace(c)))
            problem = $"must be an absolute URL of at most {MaxLength} characters, without spaces";
        else if (!Uri.TryCreate(text, UriKind.Absolute, out url) || url.IsFile)
            problem = "must be an absolute URL";
        else
            problem = Problem(url, secure);
        if (problem is not null)
            url = null;
        return problem is null;
    }

    /// <summary>Why a URL must not be called; null where nothing is known against it.</summary>
    public string? Problem(Uri url, bool secure = false)
    {
        if (url.Scheme != Uri.UriSchemeHttps && url.Scheme != Uri.UriSchemeHttp)
            return "must begin with https:// or http://";
        if (secure && url.Scheme == Uri.UriSchemeHttp && !settings.AllowPrivateAddresses)
            return "must begin with https://";
        if (url.UserInfo.Length > 0)
            return "must not hold a user name or password";
        if (url.Host.Length == 0)
            return "must name a host";
        if (url.Port is not (80 or 443) && (url.Port < 1024 || OtherProtocols.Contains(url.Port)))
            return $"must not use port {url.Port}; 80, 443 and most from 1024 on can be used";
        try
        {
            return HostProblem(url.IdnHost);
        }
        catch (UriFormatException)
        {
            // A name that the platform takes as one, and finds out only here that it has no ASCII form.
            return "must name a host whose name can be written in ASCII (IDNA)";
        }
    }

    /// <summary>Why an address must not be connected to; null where it may.</summary>
    public string? Problem(IPAddress address) => AddressRules.Judge(address) is var kind && AddressRules.Allows(kind, settings.AllowPrivateAddresses)
        ? null
        : $"must not lead to an address of the kind {Name(kind)}";

    private string? HostProblem(string host)
    {
        var name = host.TrimEnd('.');
        if (IPAddress.TryParse(name.Trim('[', ']'), out var address))
            return Problem(address);
        // RFC 6761: these names are loopback, without anybody being asked.
        var isLoopback = name.Equals("localhost", StringComparison.OrdinalIgnoreCase) || name.EndsWith(".localhost", StringComparison.OrdinalIgnoreCase);
        return isLoopback ? Problem(IPAddress.Loopback) : null;
    }

    private static string Name(AddressKind kind) => kind == AddressKind.LinkLocal ? "link-local" : kind.ToString().ToLowerInvariant();
}
