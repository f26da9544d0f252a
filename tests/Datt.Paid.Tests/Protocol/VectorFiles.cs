using System.Text.Json;
using System.Text.Json.Nodes;

namespace Datt.Paid.Tests.Protocol;

/// <summary>
/// The committed vectors of the formats, in <c>tests/Datt.Paid.Tests/Vectors</c>. They are part of the protocol: a change that makes a test
/// of them fail makes feeds that others cannot reproduce. Where that is meant, raise the format's version and write them anew by
/// running the tests of <see cref="VectorTests"/> once with <c>DATT_WRITE_VECTORS=1</c>.
/// </summary>
internal static class VectorFiles
{
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private static readonly bool Writes = Environment.GetEnvironmentVariable("DATT_WRITE_VECTORS") == "1";

    private static readonly string Folder = FindFolder();

    public static byte[] Read(string name) => File.ReadAllBytes(Path.Combine(Folder, name));

    public static JsonNode ReadJson(string name) => JsonNode.Parse(Read(name))!;

    /// <summary>Compares with the committed file, or replaces it.</summary>
    public static void Check(string name, byte[] computed)
    {
        if (Writes)
            File.WriteAllBytes(Path.Combine(Folder, name), computed);
        Assert.True(Read(name).AsSpan().SequenceEqual(computed), $"{name} is not what this version writes.");
    }

    public static void Check(string name, JsonNode computed)
    {
        if (Writes)
            File.WriteAllText(Path.Combine(Folder, name), computed.ToJsonString(Indented).ReplaceLineEndings("\n") + "\n");
        Assert.True(JsonNode.DeepEquals(ReadJson(name), computed), $"{name} is not what this version writes:\n{computed}");
    }

    /// <summary>For what comes out different each time, like signatures: written once, then only read.</summary>
    public static void Keep(string name, Func<byte[]> make)
    {
        if (Writes)
            File.WriteAllBytes(Path.Combine(Folder, name), make());
    }

    private static string FindFolder()
    {
        var folder = new DirectoryInfo(AppContext.BaseDirectory);
        while (folder is not null && !File.Exists(Path.Combine(folder.FullName, "Datt.Paid.sln")))
            folder = folder.Parent;
        return Path.Combine(folder?.FullName ?? throw new InvalidOperationException("The tests must run inside the source tree."),
            "tests", "Datt.Paid.Tests", "Vectors");
    }
}
