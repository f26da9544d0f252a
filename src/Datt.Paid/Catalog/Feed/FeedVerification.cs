using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Catalog.Feed;

/// <summary>Reads a whole feed again and says what is wrong with it. Changes nothing.</summary>
internal sealed class FeedVerification(FeedDirectory directory, ServerKey key, CancellationToken cancel)
{
    private readonly List<string> _problems = [];

    /// <summary>What is wrong, each in one line that names the file; empty when nothing is.</summary>
    public IReadOnlyList<string> Run()
    {
        var newest = VerifyManifests();
        if (newest is not null)
        {
            VerifyRuns(newest.Manifest.Runs);
            VerifyRetired(newest.Manifest.Retired);
            VerifyLive(newest.Manifest);
        }

        VerifyWal(newest?.Manifest);
        return _problems;
    }

    private SignedManifest? VerifyManifests()
    {
        SignedManifest? before = null;
        foreach (var path in directory.ManifestFiles())
        {
            if (!ManifestCodec.TryDecode(File.ReadAllBytes(path), out var signed, out var fault))
            {
                _problems.Add($"{path} is damaged: {fault}.");
                continue;
            }

            var manifest = signed.Manifest;
            if (manifest.Origin != key.Id)
                _problems.Add($"{path} is of server {manifest.Origin}.");
            if (!signed.IsOwnOf(key))
                _problems.Add($"{path} is not signed by this server's key.");
            if (path != directory.Manifest(manifest.Epoch, manifest.Version))
                _problems.Add($"{path} holds version {manifest.Version} of epoch {manifest.Epoch}.");
            if (before is { Manifest: var older } && older.Epoch == manifest.Epoch && older.Version + 1 == manifest.Version && manifest.Previous != before.Hash)
                _problems.Add($"{path} does not follow the manifest before it.");
            before = signed;
        }

        return before;
    }

    private void VerifyRuns(IEnumerable<RunInfo> runs)
    {
        foreach (var run in runs)
        {
            cancel.ThrowIfCancellationRequested();
            var path = directory.Run(run.Id);
            if (!File.Exists(path))
            {
                _problems.Add($"{path} is missing.");
                continue;
            }

            using var file = new RunFile(path);
            if (RunReader.Verify(file, run, cancel) is not RunFault.None and var fault)
                _problems.Add($"{path} is damaged: {fault}.");
        }
    }

    private void VerifyRetired(Hash256 hash)
    {
        var path = directory.RetiredList(hash);
        if (!File.Exists(path))
            _problems.Add($"{path} is missing.");
        else if (!Retired.TryDecode(File.ReadAllBytes(path), out var retired, out var fault) || retired.Hash != hash)
            _problems.Add($"{path} is damaged: {fault}.");
        else
            VerifyRuns(retired.Runs);
    }

    private void VerifyLive(Manifest manifest)
    {
        if (_problems.Count > 0 || manifest.Runs.Count == 0)
            return;
        var files = manifest.Runs.Select(run => new RunFile(directory.Run(run.Id))).ToList();
        try
        {
            var readers = files.Select(file => RunReader.TryOpen(file, out var reader, out _) ? reader : null).OfType<RunReader>().ToList();
            using var cursor = new MergeCursor(readers, dropTombstones: true);
            long live = 0;
            while (cursor.MoveNext())
                live++;
            if (cursor.Fault != RunFault.None)
                _problems.Add($"The runs of version {manifest.Version} do not go together: {cursor.Fault}.");
            else if (live != manifest.Live)
                _problems.Add($"The manifest of version {manifest.Version} counts {manifest.Live} live records, its runs hold {live}.");
        }
        finally
        {
            files.ForEach(file => file.Dispose());
        }
    }

    private void VerifyWal(Manifest? manifest)
    {
        var paths = WriteAheadLog.Segments(directory.Wal);
        long last = 0;
        for (var i = 0; i < paths.Count; i++)
        {
            cancel.ThrowIfCancellationRequested();
            try
            {
                var content = WalReader.Read(paths[i], isLast: i == paths.Count - 1, static (in _) => { });
                if (content.Epoch != 0 && manifest is not null && content.Epoch != manifest.Epoch)
                    _problems.Add($"{paths[i]} belongs to epoch {content.Epoch}, the manifest to {manifest.Epoch}.");
                if (content.FirstSeq != 0 && content.FirstSeq <= last)
                    _problems.Add($"{paths[i]} repeats sequence number {content.FirstSeq}.");
                last = Math.Max(last, content.LastSeq);
            }
            catch (CatalogDamagedException error)
            {
                _problems.Add(error.Message);
            }
        }
    }
}
