using System.Diagnostics.CodeAnalysis;
using System.Text.Json.Nodes;

namespace Datt.Paid.Protocol.Identity;

/// <summary>The JSON Canonicalization Scheme, RFC 8785.</summary>
public static class CanonicalJson
{
    /// <summary>Deepest nesting read.</summary>
    public const int MaxDepth = 32;

    /// <summary>Canonical UTF-8 of a tree made here; numbers become IEEE 754 doubles.</summary>
    public static byte[] Write(JsonNode? node) => throw new NotImplementedException();

    /// <summary>Canonical form of a text from outside. False: not I-JSON (RFC 7493): malformed, a name twice, lone surrogates, too deep.</summary>
    public static bool TryRewrite(ReadOnlySpan<byte> utf8, [NotNullWhen(true)] out byte[]? canonical) => throw new NotImplementedException();
}
