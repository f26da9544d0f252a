using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Datt.Paid.Catalog.Feed;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Server.Hosting;

/// <summary>
/// The server's private key on disk, readable by its owner alone: PKCS#8 for a first key, after a rotation JSON
/// <c>{"format":"datt server key 1","privateKey":base64 of PKCS#8,"handOvers":[…]}</c>. Key and hand-overs are one file, so that they can only
/// change together. Who loses it loses the server's name.
/// </summary>
public static class ServerKeyFile
{
    private const string Format = "datt server key 1";

    /// <summary>Reads the key, or makes one at the first start.</summary>
    /// <exception cref="StartRefused">The file is there but holds no key.</exception>
    public static ServerKey Open(string path) => Open(path, FeedFiles.Disk);

    /// <summary>The same with other file operations underneath.</summary>
    public static ServerKey Open(string path, FeedFiles files)
    {
        if (Read(path) is { } known)
            return known;
        var key = ServerKey.Create();
        Replace(path, key, files);
        return key;
    }

    /// <summary>Reads the key; null where there is no file.</summary>
    /// <exception cref="StartRefused">The file is there but holds no key.</exception>
    public static ServerKey? Read(string path)
    {
        if (!File.Exists(path))
            return null;
        return TryDecode(File.ReadAllBytes(path), out var known)
            ? known
            : throw new StartRefused($"{path} does not hold a server key. Restore it from a backup (key import); without it this server gets another id.");
    }

    /// <summary>Puts a key in the place of the one before, durably and at once: after a crash there is the one or the other.</summary>
    public static void Replace(string path, ServerKey key) => Replace(path, key, FeedFiles.Disk);

    /// <summary>The same with other file operations underneath.</summary>
    public static void Replace(string path, ServerKey key, FeedFiles files) => Replace(path, Encode(key), files);

    internal static void Replace(string path, ReadOnlySpan<byte> content) => Replace(path, content, FeedFiles.Disk);

    /// <summary>Writes a new file that only its owner can read.</summary>
    /// <exception cref="IOException">There is one of this name.</exception>
    public static void WriteNew(string path, ReadOnlySpan<byte> content) => WriteNew(path, content, FeedFiles.Disk);

    private static void Replace(string path, ReadOnlySpan<byte> content, FeedFiles files)
    {
        var aside = path + ".new";
        // What a crash left.
        files.Delete(aside);
        WriteNew(aside, content, files);
        files.Move(aside, path);
        files.SyncDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
    }

    private static void WriteNew(string path, ReadOnlySpan<byte> content, FeedFiles files)
    {
        using var file = files.CreatePrivate(path);
        file.Write(content);
        file.Sync();
    }

    private static byte[] Encode(ServerKey key) => key.HandOvers.Count == 0
        ? key.Export()
        : Encoding.UTF8.GetBytes(new JsonObject
        {
            ["format"] = Format,
            ["privateKey"] = Convert.ToBase64String(key.Export()),
            ["handOvers"] = HandOver.Write(key.HandOvers),
        }.ToJsonString());

    private static bool TryDecode(byte[] bytes, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out ServerKey? key)
    {
        key = null;
        if (bytes is not [(byte)'{', ..])
            return ServerKey.TryImport(bytes, id: null, out key);
        try
        {
            return JsonNode.Parse(bytes) is JsonObject json && (string?)json["format"] == Format && HandOver.TryRead(json["handOvers"], out var handOvers)
                && ServerKey.TryRestore(Convert.FromBase64String((string?)json["privateKey"] ?? ""), handOvers, out key);
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            return false;
        }
    }
}
