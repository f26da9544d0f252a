using System.Text;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Torrents;

namespace Datt.Paid.Server.Torrents;

/// <summary>Where the files of a torrent can be fetched by HTTP: here, and at other servers that say in their cards that they seed.</summary>
public sealed class WebSeeds(ServerDirectory servers, PublicAddress address, TorrentSettings settings)
{
    /// <summary>URLs below which <c>NAME/FILE</c> lies (BEP 19), this server's first. Of many others each torrent has some of its own, so that all have work.</summary>
    public IReadOnlyList<string> Of(TorrentAnswer.Ready torrent)
    {
        var others = servers.All
            .Where(s => s.State == ServerState.Alive && s.Card.Card is { SeedsTorrents: true, FederationAccess: nameof(FederationAccess.Free) })
            .OrderBy(s => Hash256.Of(Encoding.UTF8.GetBytes(torrent.Torrent.Info.Name + s.Id)))
            .Take(settings.WebSeeds)
            .Select(s => s.Url.AbsoluteUri.TrimEnd('/') + TorrentCalls.Folder);
        return [address.Of(TorrentCalls.Folder), .. others];
    }
}
