using System.Globalization;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Feed;

/// <summary>Where the parts of a feed lie.</summary>
internal sealed class FeedDirectory(string root)
{
    public string Root { get; } = root;

    public string Wal => Path.Combine(Root, "wal");

    public string Runs => Path.Combine(Root, "runs");

    public string Manifests => Path.Combine(Root, "manifests");

    public string RetiredLists => Path.Combine(Root, "retired");

    public string Run(RunId id) => Path.Combine(Runs, id + ".run");

    public string RetiredList(Hash256 hash) => Path.Combine(RetiredLists, hash + ".retired");

    /// <summary>Names sort like epoch, then version.</summary>
    public string Manifest(long epoch, long version) =>
        Path.Combine(Manifests, string.Create(CultureInfo.InvariantCulture, $"{epoch:x16}-{version:x16}.manifest"));

    /// <summary>Manifests that are there, oldest first.</summary>
    public List<string> ManifestFiles()
    {
        if (!Directory.Exists(Manifests))
            return [];
        var paths = Directory.GetFiles(Manifests, "*.manifest").ToList();
        paths.Sort(StringComparer.Ordinal);
        return paths;
    }

    public void Create(FeedFiles files)
    {
        foreach (var directory in new[] { Wal, Runs, Manifests, RetiredLists })
            files.CreateDirectory(directory);
    }
}
