using System.Net;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Server.Tests.Campaigns.Kills;

/// <summary>
/// Reads the signed manifest from the feed's folder and the head that the server shows over and over, while it lives and after it died:
/// epoch and version only grow, no version ever stands for two manifests, and each follows the one before.
/// </summary>
internal sealed class HeadWatch(string dataDirectory, Caller caller)
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
            var shown = await ShownAsync();
            Look();
            // What is shown to anybody is on disk before.
            lock (_gate)
                Assert.True(shown is null || shown == _last || _last?.IsNewerThan(shown) == true, $"{shown} is shown, on disk is {_last}");
            await Task.Delay(15, CancellationToken.None);
        }
    }

    /// <summary>Looks at the newest manifest.</summary>
    public void Look()
    {
        lock (_gate)
        {
            if (Files().LastOrDefault() is { } newest && Read(newest) is { } manifest)
                Note(manifest);
        }
    }

    /// <summary>Looks at all manifests that are kept; for when the server is dead.</summary>
    public void LookAtAll()
    {
        lock (_gate)
        {
            SignedManifest? before = null;
            foreach (var file in Files())
            {
                var manifest = Read(file);
                Assert.True(manifest is not null, $"{file} is no manifest");
                if (_seen.TryGetValue((manifest.Manifest.Epoch, manifest.Manifest.Version), out var seen))
                    Assert.True(seen == manifest.Head, $"one version, two manifests: {seen} and {manifest.Head}");
                Assert.True(
                    before is null || (manifest.Manifest.Version == before.Manifest.Version + 1 && manifest.Manifest.Previous == before.Hash),
                    $"{manifest.Head} does not follow {before?.Head}");
                before = manifest;
            }
            if (before is not null)
                Note(before);
        }
    }

    /// <summary>The own feed's head as the server tells it to others; null when it does not answer or has none yet.</summary>
    private async Task<Head?> ShownAsync()
    {
        var answer = await caller.GetAsync("/federation/v1/feeds", CancellationToken.None);
        if (answer?.Status != HttpStatusCode.OK || answer.Json["feeds"]!.AsArray() is not [{ } feed, ..])
            return null;
        Assert.True(Hash256.TryParse(feed["manifest"]!.GetValue<string>(), out var manifest), answer.Body);
        return new Head(feed["origin"]!.GetValue<string>(), feed["epoch"]!.GetValue<long>(), feed["version"]!.GetValue<long>(), manifest);
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

    /// <summary>Manifests by epoch and version, as their names sort.</summary>
    private List<string> Files()
    {
        var folder = Path.Combine(dataDirectory, "feed", "manifests");
        return Directory.Exists(folder) ? [.. Directory.GetFiles(folder, "*.manifest").Order(StringComparer.Ordinal)] : [];
    }

    /// <summary>Null where the file went away meanwhile, or is none.</summary>
    private static SignedManifest? Read(string path)
    {
        try
        {
            return ManifestCodec.TryDecode(File.ReadAllBytes(path), out var manifest, out _) ? manifest : null;
        }
        catch (IOException)
        {
            return null;
        }
    }
}
