using System.Security.Cryptography;
using System.Text;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Server.Federation;

/// <summary>
/// Which signed requests were already taken, for as long as they would pass the check of time. Bounded for each server and in all: whoever sends
/// more is refused, which costs nobody else his own share. Takes the time as argument; safe for use by several threads.
/// </summary>
public sealed class SeenNonces(int mostPerServer = 50_000, int most = 1_000_000)
{
    /// <summary>A request may be as far ahead as behind, so it must be remembered twice that long; two halves are kept and dropped in turn.</summary>
    private static readonly TimeSpan Half = 2 * RequestSignature.Tolerance;

    private readonly Lock _lock = new();
    private Dictionary<string, HashSet<UInt128>> _newer = new(StringComparer.Ordinal);
    private Dictionary<string, HashSet<UInt128>> _older = new(StringComparer.Ordinal);
    private int _count;
    private DateTimeOffset _began = DateTimeOffset.MinValue;

    /// <summary>False: seen before, or there is no more room.</summary>
    public bool TryTake(string serverId, string nonce, DateTimeOffset now)
    {
        var mark = System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(nonce)));
        lock (_lock)
        {
            // A clock that was set back keeps what is remembered.
            if (now - _began >= Half)
            {
                _older = now - _began >= 2 * Half ? new(StringComparer.Ordinal) : _newer;
                _newer = new(StringComparer.Ordinal);
                _count = 0;
                _began = now;
            }

            if (_older.TryGetValue(serverId, out var before) && before.Contains(mark))
                return false;
            if (!_newer.TryGetValue(serverId, out var marks))
                _newer[serverId] = marks = [];
            if (marks.Count >= mostPerServer || _count >= most || !marks.Add(mark))
                return false;
            _count++;
            return true;
        }
    }
}
