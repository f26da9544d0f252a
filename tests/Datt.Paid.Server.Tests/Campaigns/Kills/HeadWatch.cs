using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>
/// Reads the signed manifest from the feed's folder over and over, while the server lives and after it died: its epoch and version only
/// grow, no version ever stands for two manifests, and each follows the one before.
/// </summary>
internal sealed class HeadWatch(string dataDirectory)
{
    private readonly Dictionary<(long Epoch, long Version), Head> _seen = [];
    private readonly Lock _gate = new();
    private Head? _last;

    /// <summary>Different versions seen.</summary>
    public int Versions
    {
        get
        {
            lock (_gate)
                return _seen.Count;
        }
    }

    /// <summary>Newest head seen.</summary>
    public Head? Last => _last;

    public async Task RunAsync(CancellationToken ct)
    {
        while (!ct.IsCancellationRequested)
        {
            Look();
            await Task.Delay(15, CancellationToken.None);
        }
    }

    public void Look()
    {
        lock (_gate)
        {
            if (Newest() is { } manifest)
                Note(manifest);
        }
    }

    private void Note(SignedManifest manifest)
    {
        var head = manifest.Head;
        Assert.True(
            _last is null || head == _last || head.IsNewerThan(_last),
            $"the manifest went from {_last} to {head}");
        if (_seen.TryGetValue((head.Epoch, head.Version), out var before))
            Assert.True(before == head, $"one version, two manifests: {before} and {head}");
        if (_seen.TryGetValue((head.Epoch, head.Version - 1), out var previous))
            Assert.True(manifest.Manifest.Previous == previous.Manifest, $"{head} does not follow {previous}");
        _seen[(head.Epoch, head.Version)] = head;
        _last = head;
    }

    private SignedManifest? Newest()
    {
        SignedManifest? newest = null;
        var feed = new DirectoryInfo(Path.Combine(dataDirectory, "feed"));
        if (!feed.Exists)
            return null;
        foreach (var file in feed.EnumerateFiles("manifest*").Where(f => !f.Name.EndsWith(".tmp", StringComparison.Ordinal)))
        {
            if (TryRead(file.FullName) is { } bytes
                && ManifestCodec.TryDecode(bytes, out var manifest, out _)
                && (newest is null || manifest.Head.IsNewerThan(newest.Head)))
            {
                newest = manifest;
            }
        }
        return newest;
    }

    /// <summary>The bytes, unless the file was replaced between listing and reading.</summary>
    private static byte[]? TryRead(string path)
    {
        try
        {
            return File.ReadAllBytes(path);
        }
        catch (IOException)
        {
            return null;
        }
    }
}
