using System.Net;
using System.Security.Cryptography;
using Datt.Paid.Protocol.Torrents;

namespace Datt.Paid.Torrents;

/// <summary>A client that says where it can be reached.</summary>
/// <param name="Torrent">What it loads or has.</param>
/// <param name="Peer">Its address as it was seen, never as it was claimed, and the port that it says.</param>
/// <param name="Caller">What counts as one address; of one address only some are listed.</param>
/// <param name="IsSeed">It has everything.</param>
/// <param name="IsStopped">It leaves.</param>
/// <param name="IsListed">False: others are not told of it.</param>
/// <param name="Wanted">Peers that it would like to know, at most.</param>
public sealed record PeerAnnounce(InfoHash Torrent, IPEndPoint Peer, UInt128 Caller, bool IsSeed, bool IsStopped, bool IsListed, int Wanted);

/// <summary>Who else is there.</summary>
/// <param name="Seeds">Peers that have everything.</param>
/// <param name="Leechers">Peers that load.</param>
/// <param name="Peers">Some of them, without the one who asked; for a seed no other seeds.</param>
public sealed record PeerAnswer(int Seeds, int Leechers, IReadOnlyList<IPEndPoint> Peers);

/// <summary>
/// The tracker's memory (BEP 3): who loads which torrent. It is bounded: where it is full, or an address has its share, newcomers get peers and are not listed. Thread-safe.
/// </summary>
public sealed class PeerTable(TorrentSettings settings)
{
    /// <summary>Peers told at most.</summary>
    public const int MostTold = 100;

    /// <summary>Peers of one address that are listed, over all torrents.</summary>
    public const int MostOfCaller = 32;

    private static readonly TimeSpan SweepEvery = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly Dictionary<InfoHash, Swarm> _swarms = [];
    private readonly Dictionary<UInt128, int> _ofCaller = [];
    private DateTimeOffset _sweepAfter;
    private int _count;

    /// <summary>Peers that are remembered.</summary>
    public int Count
    {
        get
        {
            lock (_gate)
                return _count;
        }
    }

    /// <summary>Notes the client and tells of others.</summary>
    public PeerAnswer Announce(PeerAnnounce announce, DateTimeOffset now)
    {
        lock (_gate)
        {
            Sweep(now);
            if (!_swarms.TryGetValue(announce.Torrent, out var swarm))
                swarm = new Swarm();
            if (announce.IsStopped)
                Remove(announce.Torrent, swarm, announce.Peer);
            else if (announce.IsListed)
                Put(announce, swarm, now);
            var peers = announce.IsStopped ? [] : swarm.Some(announce, Math.Min(announce.Wanted, MostTold), now);
            return new PeerAnswer(swarm.Seeds, swarm.Count - swarm.Seeds, peers);
        }
    }

    private void Put(PeerAnnounce announce, Swarm swarm, DateTimeOffset now)
    {
        var until = now + 2 * settings.AnnounceInterval;
        if (swarm.TryRenew(announce.Peer, announce.IsSeed, until))
            return;
        var listed = _ofCaller.GetValueOrDefault(announce.Caller);
        if (_count >= settings.MaximumPeers || listed >= MostOfCaller)
            return;
        _swarms[announce.Torrent] = swarm;
        swarm.Add(new Member(announce.Peer, announce.Caller) { IsSeed = announce.IsSeed, Until = until });
        _ofCaller[announce.Caller] = listed + 1;
        _count++;
    }

    private void Remove(InfoHash torrent, Swarm swarm, IPEndPoint peer)
    {
        if (swarm.Remove(peer) is not { } gone)
            return;
        _count--;
        if (--_ofCaller[gone.Caller] is 0)
            _ofCaller.Remove(gone.Caller);
        if (swarm.Count == 0)
            _swarms.Remove(torrent);
    }

    private void Sweep(DateTimeOffset now)
    {
        if (now < _sweepAfter)
            return;
        _sweepAfter = now + SweepEvery;
        foreach (var (torrent, swarm) in _swarms.ToList())
        {
            foreach (var peer in swarm.Expired(now))
                Remove(torrent, swarm, peer);
        }
    }

    private sealed record Member(IPEndPoint Peer, UInt128 Caller)
    {
        public bool IsSeed { get; set; }

        public DateTimeOffset Until { get; set; }
    }

    /// <summary>The peers of one torrent, in an order in which one is taken out by putting the last into its place.</summary>
    private sealed class Swarm
    {
        private readonly Dictionary<IPEndPoint, int> _places = [];
        private readonly List<Member> _members = [];

        public int Count => _members.Count;

        public int Seeds { get; private set; }

        public bool TryRenew(IPEndPoint peer, bool isSeed, DateTimeOffset until)
        {
            if (!_places.TryGetValue(peer, out var place))
                return false;
            var member = _members[place];
            Seeds += (isSeed ? 1 : 0) - (member.IsSeed ? 1 : 0);
            (member.IsSeed, member.Until) = (isSeed, until);
            return true;
        }

        public void Add(Member member)
        {
            _places[member.Peer] = _members.Count;
            _members.Add(member);
            Seeds += member.IsSeed ? 1 : 0;
        }

        public Member? Remove(IPEndPoint peer)
        {
            if (!_places.Remove(peer, out var place))
                return null;
            var gone = _members[place];
            Seeds -= gone.IsSeed ? 1 : 0;
            if (place < _members.Count - 1)
            {
                _members[place] = _members[^1];
                _places[_members[place].Peer] = place;
            }
            _members.RemoveAt(_members.Count - 1);
            return gone;
        }

        public List<IPEndPoint> Expired(DateTimeOffset now) => [.. _members.Where(m => m.Until <= now).Select(m => m.Peer)];

        /// <summary>From a random place on, so that all are told of in turn.</summary>
        public List<IPEndPoint> Some(PeerAnnounce announce, int wanted, DateTimeOffset now)
        {
            var some = new List<IPEndPoint>();
            var from = _members.Count == 0 ? 0 : RandomNumberGenerator.GetInt32(_members.Count);
            for (var i = 0; i < _members.Count && some.Count < wanted; i++)
            {
                var member = _members[(from + i) % _members.Count];
                if (member.Until > now && !(announce.IsSeed && member.IsSeed) && !member.Peer.Equals(announce.Peer))
                    some.Add(member.Peer);
            }
            return some;
        }
    }
}
