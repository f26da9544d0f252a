using System.Buffers;
using System.Diagnostics.CodeAnalysis;
using System.Text;
using System.Text.Json;

namespace Datt.Paid.Nodes;

/// <summary>Where a node says that it can be reached: checked, bounded, and ready to be copied into an answer.</summary>
public sealed class NodeEndpoints
{
    /// <summary>Most endpoints of one node.</summary>
    public const int MaxCount = 16;

    /// <summary>Longest endpoint, in characters.</summary>
    public const int MaxLength = 500;

    private static readonly SearchValues<char> VisibleAscii = SearchValues.Create(Enumerable.Range('!', '~' - '!' + 1).Select(c => (char)c).ToArray());

    // What a browser would run or read from its own machine when somebody follows it as a link.
    private static readonly string[] Refused = ["javascript", "vbscript", "data", "file", "blob", "about"];

    private readonly byte[] _json;

    private NodeEndpoints(string[] urls)
    {
        Urls = urls;
        _json = JsonSerializer.SerializeToUtf8Bytes(urls);
    }

    public static NodeEndpoints None { get; } = new([]);

    public IReadOnlyList<string> Urls { get; }

    /// <summary>The JSON array of <see cref="Urls"/>, UTF-8.</summary>
    public ReadOnlySpan<byte> Json => _json;

    /// <summary>Checks what a node sent; when refused, <paramref name="problem"/> says which endpoint and what is wrong with it.</summary>
    public static bool TryCreate(
        IReadOnlyList<string?> urls, [NotNullWhen(true)] out NodeEndpoints? endpoints, [NotNullWhen(false)] out string? problem)
    {
        endpoints = null;
        if (urls.Count > MaxCount)
        {
            problem = $"A node has at most {MaxCount} endpoints; these are {urls.Count}.";
            return false;
        }
        for (var i = 0; i < urls.Count; i++)
        {
            if (ProblemOf(urls[i]) is { } wrong)
            {
                problem = $"endpoints[{i}] {wrong}";
                return false;
            }
        }
        endpoints = new NodeEndpoints([.. urls!]);
        problem = null;
        return true;
    }

    private static string? ProblemOf(string? url)
    {
        if (string.IsNullOrEmpty(url))
            return "is empty; it must be an absolute URL such as https://host:port/.";
        if (url.Length > MaxLength)
            return $"is longer than {MaxLength} characters.";
        if (url.AsSpan().ContainsAnyExcept(VisibleAscii))
            return "has spaces, control or non-ASCII characters; percent-encode them.";
        if (!url.Contains("://", StringComparison.Ordinal) || !Uri.TryCreate(url, UriKind.Absolute, out var uri))
            return "is not an absolute URL such as https://host:port/.";
        if (Refused.Contains(uri.Scheme, StringComparer.OrdinalIgnoreCase))
            return $"has the scheme {uri.Scheme}, which names no host.";
        return uri.Host.Length == 0 ? "names no host." : null;
    }

    /// <inheritdoc/>
    public override string ToString() => Encoding.UTF8.GetString(_json);
}
