using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Cli.Terminal;

namespace Datt.Paid.Cli.Settings;

/// <summary>What <c>datt</c> remembers: the server in use, a key for each server, a node for each shared folder.</summary>
public sealed class ConfigFile
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private Config _config;

    private ConfigFile(string path, Config config) => (FullPath, _config) = (path, config);

    /// <summary>Where it is kept.</summary>
    public string FullPath { get; }

    /// <summary>The server to use when none is named.</summary>
    public string? Server => _config.Server;

    /// <summary>Whether others may read it though it holds keys.</summary>
    public bool IsOpenToOthers => File.Exists(FullPath) && PrivateFile.IsOpenToOthers(FullPath);

    /// <summary><c>$XDG_CONFIG_HOME/datt/config.json</c>, by default below <c>~/.config</c>.</summary>
    public static string DefaultPath(Func<string, string?> environment)
    {
        var home = environment("XDG_CONFIG_HOME");
        if (string.IsNullOrEmpty(home) || !Path.IsPathRooted(home))
        {
            home = Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".config");
        }

        return Path.Combine(home, "datt", "config.json");
    }

    /// <summary>An absent file is an empty one.</summary>
    /// <exception cref="CommandFailure">It is not what this program writes.</exception>
    public static ConfigFile Open(string path)
    {
        var full = Path.GetFullPath(path);
        return new ConfigFile(full, Read(full));
    }

    private static Config Read(string path)
    {
        if (!File.Exists(path))
        {
            return new Config();
        }

        try
        {
            return JsonSerializer.Deserialize(File.ReadAllBytes(path), SettingsJson.Default.Config) ?? new Config();
        }
        catch (JsonException e)
        {
            throw new CommandFailure(ExitCode.Failure, "invalid_config",
                $"{path} is not valid: line {e.LineNumber + 1}, {e.Path}.", "Repair it, or move it away and run 'datt account create'.");
        }
    }

    /// <summary>The account at a server, if there is one.</summary>
    public KnownAccount? AccountAt(Uri server) => _config.Accounts.GetValueOrDefault(server.AbsoluteUri);

    /// <summary>Remembers an account and makes its server the one in use.</summary>
    public void Remember(Uri server, KnownAccount account)
    {
        Change(config =>
        {
            config.Accounts[server.AbsoluteUri] = account;
            config.Server = server.AbsoluteUri;
        });
    }

    /// <summary>Remembers an account without changing the server in use.</summary>
    public void Add(Uri server, KnownAccount account) => Change(config => config.Accounts[server.AbsoluteUri] = account);

    /// <summary>Folders that were shared at a server and not moved away since.</summary>
    public IReadOnlyList<SavedShare> SharesAt(Uri server) => [.. _config.Shares.Where(s => s.Server == server.AbsoluteUri)];

    /// <summary>Remembers how a folder is shared, so that its node can be moved.</summary>
    public void Remember(SavedShare share)
    {
        if (!_config.Shares.Contains(share))
        {
            Change(config => config.Put(share));
        }
    }

    /// <summary>All nodes have gone to another server, which becomes the one in use.</summary>
    /// <param name="from">The server that was left.</param>
    /// <param name="to">The server they went to.</param>
    /// <param name="moved">What has arrived there.</param>
    /// <param name="now">Nodes that are at work since before follow.</param>
    public void Move(Uri from, Uri to, IReadOnlyCollection<SavedShare> moved, DateTimeOffset now)
    {
        Change(config =>
        {
            config.Shares.RemoveAll(s => s.Server == from.AbsoluteUri && moved.Any(m => m.Folder == s.Folder));
            foreach (var share in moved)
            {
                config.Put(share);
            }

            config.Moves[from.AbsoluteUri] = new SavedMove(to.AbsoluteUri, now);
            config.Server = to.AbsoluteUri;
        });
    }

    /// <summary>Where the nodes of a server went since a time; null where they did not.</summary>
    public Uri? MovedFrom(Uri server, DateTimeOffset since) =>
        _config.Moves.GetValueOrDefault(server.AbsoluteUri) is { } move && move.At > since ? new Uri(move.To) : null;

    /// <summary>The node id of a folder at a server: the same each time, made up at the first.</summary>
    public string NodeFor(Uri server, SharedFolder folder)
    {
        var key = $"{server.AbsoluteUri} {folder.Root}";
        if (!_config.Nodes.ContainsKey(key))
        {
            var name = new string([.. Path.GetFileName(folder.Root).Where(c => char.IsAsciiLetterOrDigit(c) || c is '.' or '_' or '-').Take(32)]);
            var made = $"{(name.Length == 0 ? "node" : name)}-{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(6))}";
            Change(config => config.Nodes.TryAdd(key, made));
        }

        return _config.Nodes[key];
    }

    /// <summary>Where the ledger of a node is kept: beside this file.</summary>
    public string LedgerPath(Uri server, string nodeId, SharedFolder folder)
    {
        var key = SHA256.HashData(Encoding.UTF8.GetBytes($"{server.AbsoluteUri}\n{nodeId}\n{folder.Root}"));
        return Path.Combine(Path.GetDirectoryName(FullPath)!, "shares", Convert.ToHexStringLower(key.AsSpan(0, 12)) + ".json");
    }

    /// <summary>
    /// Changes what is on disk now, not what was there when this was opened: commands that run for long, such as <c>datt share</c>, must not undo
    /// what others wrote meanwhile. One process at a time.
    /// </summary>
    private void Change(Action<Config> change)
    {
        var name = "datt-" + Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(FullPath)).AsSpan(0, 16));
        using var alone = new Mutex(initiallyOwned: false, name);
        if (!Take(alone))
        {
            throw new CommandFailure(ExitCode.Unavailable, "config_in_use", $"Another datt has been writing {FullPath} for {Patience.TotalSeconds:0} s.", "Try again.");
        }

        try
        {
            _config = Read(FullPath);
            change(_config);
            PrivateFile.Write(FullPath, JsonSerializer.SerializeToUtf8Bytes(_config, SettingsJson.Default.Config));
        }
        finally
        {
            alone.ReleaseMutex();
        }
    }

    private static bool Take(Mutex mutex)
    {
        try
        {
            return mutex.WaitOne(Patience);
        }
        catch (AbandonedMutexException)
        {
            // Its owner died; the file is replaced as a whole, so it is whole.
            return true;
        }
    }
}

/// <summary>An account as remembered. The key goes to its own server only.</summary>
public sealed record KnownAccount(string AccountId, string ApiKey);

/// <summary>How a folder is shared at a server.</summary>
public sealed record SavedShare(string Server, string Folder, string Node, string? Label, long MaxFileBytes, int MaxFiles);

/// <summary>Where the nodes of a server went, and when.</summary>
public sealed record SavedMove(string To, DateTimeOffset At);

/// <summary>The form of the file.</summary>
public sealed class Config
{
    public string? Server { get; set; }

    public Dictionary<string, KnownAccount> Accounts { get; set; } = new(StringComparer.Ordinal);

    public Dictionary<string, string> Nodes { get; set; } = new(StringComparer.Ordinal);

    public List<SavedShare> Shares { get; set; } = [];

    public Dictionary<string, SavedMove> Moves { get; set; } = new(StringComparer.Ordinal);

    /// <summary>A folder is shared like this from now on.</summary>
    public void Put(SavedShare share)
    {
        Shares.RemoveAll(s => s.Server == share.Server && s.Node == share.Node);
        Shares.Add(share);
        Nodes[$"{share.Server} {share.Folder}"] = share.Node;
    }
}

[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, WriteIndented = true, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Config))]
[JsonSerializable(typeof(SavedLedger))]
internal sealed partial class SettingsJson : JsonSerializerContext;
