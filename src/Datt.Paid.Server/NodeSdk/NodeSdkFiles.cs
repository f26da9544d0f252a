using System.Collections.Frozen;
using System.Reflection;
using System.Security.Cryptography;
using Microsoft.Net.Http.Headers;

namespace Datt.Paid.Server.NodeSdk;

/// <summary>One file as it is served.</summary>
/// <param name="Bytes">In UTF-8.</param>
/// <param name="ContentType">With its character set.</param>
/// <param name="Tag">Changes with the bytes.</param>
public sealed record NodeSdkFile(ReadOnlyMemory<byte> Bytes, string ContentType, EntityTagHeaderValue Tag);

/// <summary>The modules of <c>web/node-sdk</c> and its example page, which are part of this assembly.</summary>
public static class NodeSdkFiles
{
    private const string Prefix = "node-sdk/";

    /// <summary>By path below <c>/node-sdk/</c>.</summary>
    public static FrozenDictionary<string, NodeSdkFile> All { get; } = Read();

    private static FrozenDictionary<string, NodeSdkFile> Read()
    {
        var assembly = Assembly.GetExecutingAssembly();
        return assembly.GetManifestResourceNames().Where(name => name.StartsWith(Prefix, StringComparison.Ordinal))
            .ToFrozenDictionary(name => name[Prefix.Length..], name => Read(assembly, name), StringComparer.Ordinal);
    }

    private static NodeSdkFile Read(Assembly assembly, string name)
    {
        using var stream = assembly.GetManifestResourceStream(name)!;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return new NodeSdkFile(bytes, TypeOf(name), new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(bytes)[..12])}\""));
    }

    private static string TypeOf(string name) => Path.GetExtension(name) switch
    {
        ".js" => "text/javascript; charset=utf-8",
        ".css" => "text/css; charset=utf-8",
        ".html" => "text/html; charset=utf-8",
        ".svg" => "image/svg+xml",
        _ => "application/octet-stream",
    };
}
