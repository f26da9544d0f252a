namespace Datt.Paid.Tests.Sync.Simulation;

/// <summary>What bytes were for.</summary>
internal enum Purpose
{
    /// <summary>Heads over streams, and the signs of life of streams.</summary>
    Heads,

    /// <summary>The poll by digest.</summary>
    Compare,

    /// <summary>Manifests and runs.</summary>
    Fetch,
}

/// <summary>
/// Lines between servers. Servers lie on a square of 120 ms; a message takes 5 ms, the distance and some jitter, waits for those before it on the sender's uplink of
/// 20 Mbit/s, and one in a hundred is lost and sent again after 200 ms and a round trip. Whoever asks somebody out of reach finds out after 10 s.
/// </summary>
internal sealed class SimulatedLinks(int servers, Random random, EventQueue queue)
{
    /// <summary>TCP and IP headers of a message.</summary>
    public const int PacketBytes = 52;

    private const double Loss = 0.01;
    private const double UplinkBytesPerSecond = 20e6 / 8;
    private static readonly TimeSpan _timeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan _resend = TimeSpan.FromMilliseconds(200);

    private readonly (double X, double Y)[] _places = [.. Enumerable.Range(0, servers).Select(_ => (random.NextDouble(), random.NextDouble()))];
    private readonly TimeSpan[] _uplinkFree = new TimeSpan[servers];
    private readonly int[] _side = new int[servers];
    private readonly bool[] _isGone = new bool[servers];
    private readonly long[,] _sent = new long[Enum.GetValues<Purpose>().Length, servers];
    private readonly long[] _messages = new long[Enum.GetValues<Purpose>().Length];

    public bool IsGone(int server) => _isGone[server];

    public bool Reaches(int from, int to) => _side[from] == _side[to] && !_isGone[from] && !_isGone[to];

    public int SideOf(int server) => _side[server];

    /// <summary>Cuts the network in two, or joins it.</summary>
    public void Divide(Func<int, int> sideOf)
    {
        for (var i = 0; i < servers; i++)
            _side[i] = sideOf(i);
    }

    public void Kill(int server) => _isGone[server] = true;

    /// <summary>How long what is sent now waits on the sender's uplink.</summary>
    public TimeSpan Backlog(int server) => _uplinkFree[server] > queue.Now ? _uplinkFree[server] - queue.Now : TimeSpan.Zero;

    /// <summary>Sends and counts; returns when it arrives.</summary>
    public TimeSpan Send(int from, int to, Purpose purpose, int bytes)
    {
        bytes += PacketBytes;
        _sent[(int)purpose, from] += bytes;
        _messages[(int)purpose]++;
        _uplinkFree[from] = queue.Now + Backlog(from) + TimeSpan.FromSeconds(bytes / UplinkBytesPerSecond);
        var way = Way(from, to);
        var arrival = _uplinkFree[from] + way;
        for (var wait = _resend; random.NextDouble() < Loss; wait *= 2)
            arrival += wait + way;
        return arrival;
    }

    /// <summary>Asks and waits for the answer.</summary>
    /// <param name="from">Who asks.</param>
    /// <param name="to">Who is asked.</param>
    /// <param name="purpose">What for.</param>
    /// <param name="bytes">Of the request.</param>
    /// <param name="answer">Run where it arrives; gives the length of the answer.</param>
    /// <param name="done">Whether there was an answer.</param>
    public void Ask(int from, int to, Purpose purpose, int bytes, Func<int> answer, Action<bool> done)
    {
        if (!Reaches(from, to))
        {
            queue.After(_timeout, () => done(false));
            return;
        }
        queue.At(Send(from, to, purpose, bytes), () =>
        {
            if (!Reaches(from, to))
            {
                queue.After(_timeout, () => done(false));
                return;
            }
            queue.At(Send(to, from, purpose, answer()), () => done(true));
        });
    }

    /// <summary>Bytes and messages sent so far, and the bytes of the server that sent most.</summary>
    public Traffic Traffic(params Purpose[] purposes)
    {
        long all = 0, most = 0;
        for (var server = 0; server < servers; server++)
        {
            var sent = purposes.Sum(p => _sent[(int)p, server]);
            (all, most) = (all + sent, Math.Max(most, sent));
        }
        return new Traffic(all, purposes.Sum(p => _messages[(int)p]), most);
    }

    public void ForgetTraffic()
    {
        Array.Clear(_sent);
        Array.Clear(_messages);
    }

    private TimeSpan Way(int from, int to)
    {
        var (a, b) = (_places[from], _places[to]);
        var distance = Math.Sqrt(((a.X - b.X) * (a.X - b.X)) + ((a.Y - b.Y) * (a.Y - b.Y)));
        return TimeSpan.FromMilliseconds(5 + (120 * distance) - (3 * Math.Log(1 - random.NextDouble())));
    }
}

/// <summary>What was sent, packet headers included.</summary>
/// <param name="Bytes">By all servers.</param>
/// <param name="Messages">By all servers.</param>
/// <param name="MostBytes">By the one that sent most.</param>
internal readonly record struct Traffic(long Bytes, long Messages, long MostBytes);
