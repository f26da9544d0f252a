using System.Collections.Concurrent;
using System.Text.Json;
using Datt.Paid.Cli.Settings;

namespace Datt.Paid.Cli.Sharing;

/// <summary>
/// What a node has hashed and what its server has acknowledged. Kept on disk, so that a file deleted while nothing was running is
/// withdrawn at the next start, and files that did not change are not read again. Losing it costs only work.
/// </summary>
public sealed class ShareLedger
{
    private readonly ConcurrentDictionary<string, SharedFile> _files = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<string, string> _paths = new(StringComparer.Ordinal);
    private readonly HashSet<string> _announced = new(StringComparer.Ordinal);
    private readonly string? _path;

    private ShareLedger(string? path) => _path = path;

    /// <summary>Contents the server has acknowledged and not been told to forget.</summary>
    public IReadOnlyCollection<string> Announced => _announced;

    /// <summary>Files with a hash.</summary>
    public int Count => _files.Count;

    /// <param name="path">Null keeps it in memory only.</param>
    public static ShareLedger Open(string? path)
    {
        var ledger = new ShareLedger(path);
        if (path is null || !File.Exists(path))
        {
            return ledger;
        }

        try
        {
            var saved = JsonSerializer.Deserialize(File.ReadAllBytes(path), SettingsJson.Default.SavedLedger);
            foreach (var file in saved?.Files ?? [])
            {
                ledger.Put(file);
            }

            ledger._announced.UnionWith(saved?.Announced ?? []);
        }
        catch (Exception e) when (e is JsonException or IOException)
        {
            // Everything is hashed and announced again; nothing is lost by that.
        }

        return ledger;
    }

    /// <summary>A ledger for another server: it knows the hashes of this one, and nothing is announced. One that exists already goes on instead.</summary>
    public ShareLedger For(string path)
    {
        var other = Open(path);
        if (other.Count == 0)
        {
            foreach (var file in _files.Values)
            {
                other.Put(file);
            }
        }

        return other;
    }

    /// <summary>The file at a path, if it was hashed.</summary>
    public SharedFile? At(string path) => _files.GetValueOrDefault(path);

    /// <summary>A file that has this content, if there is one.</summary>
    public SharedFile? With(string contentId) =>
        _paths.TryGetValue(contentId, out var path) && _files.TryGetValue(path, out var file) && file.ContentId == contentId ? file : null;

    /// <summary>Whether the server has acknowledged a content.</summary>
    public bool IsAnnounced(string contentId) => _announced.Contains(contentId);

    /// <summary>A file was hashed.</summary>
    public void Put(SharedFile file)
    {
        _files[file.Path] = file;
        _paths[file.ContentId] = file.Path;
    }

    /// <summary>Forgets all files but these, and gives the announced contents that no file has any more.</summary>
    public IReadOnlyList<string> Keep(IReadOnlySet<string> paths)
    {
        foreach (var path in _files.Keys.Where(p => !paths.Contains(p)).ToList())
        {
            _files.TryRemove(path, out _);
        }

        // A content of several files stays, under the path of one that is left.
        _paths.Clear();
        foreach (var file in _files.Values)
        {
            _paths[file.ContentId] = file.Path;
        }

        return [.. _announced.Where(id => !_paths.ContainsKey(id))];
    }

    /// <summary>The server has acknowledged these.</summary>
    public void Acknowledge(IEnumerable<string> announced, IEnumerable<string> withdrawn)
    {
        _announced.UnionWith(announced);
        _announced.ExceptWith(withdrawn);
    }

    /// <summary>Replaces the file on disk as a whole.</summary>
    public void Save()
    {
        if (_path is not null)
        {
            var saved = new SavedLedger([.. _files.Values], [.. _announced]);
            PrivateFile.Write(_path, JsonSerializer.SerializeToUtf8Bytes(saved, SettingsJson.Default.SavedLedger));
        }
    }
}

/// <summary>The form of a ledger on disk.</summary>
public sealed record SavedLedger(IReadOnlyList<SharedFile> Files, IReadOnlyList<string> Announced);
