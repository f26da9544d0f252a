using System.Collections.Concurrent;
using Datt.Paid.Storage;

namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>Our API keys at other servers, in memory and in the database.</summary>
public sealed class PeerKeys(Database database)
{
    private readonly ConcurrentDictionary<string, string> _keys = new(StringComparer.Ordinal);

    /// <summary>The key to send to a server with requests for runs; null where we have none.</summary>
    public string? For(string serverId) => _keys.GetValueOrDefault(serverId);

    /// <summary>Reads the keys of earlier runs; called once, before the first request.</summary>
    public Task LoadAsync(CancellationToken ct) => database.ReadRowsAsync(
        """SELECT "ServerId", "ApiKey" FROM "PeerKeys" """, row => _keys[row.GetString(0)] = row.GetString(1), ct);

    /// <summary>Keeps a key. Where another run was faster, its key stays.</summary>
    /// <returns>The key that is kept.</returns>
    internal async Task<string> KeepAsync(string serverId, string key, DateTimeOffset now, CancellationToken ct)
    {
        var kept = await database.WriteAsync(async db =>
        {
            if (await db.PeerKeys.FindAsync([serverId], ct) is { } row)
                return row.ApiKey;
            db.PeerKeys.Add(new PeerKeyRow { ServerId = serverId, ApiKey = key, CreatedAt = now });
            return key;
        }, ct);
        return _keys[serverId] = kept;
    }
}
