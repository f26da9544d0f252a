using System.Globalization;
using System.Text.RegularExpressions;
using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>What the torrent of a manifest is called, and the folder that clients make for it: <c>datt-ORIGIN-EPOCH-VERSION</c>, of the origin its first 8 letters.</summary>
public static partial class TorrentName
{
    private const int OriginLetters = 8;

    public static string Of(Manifest manifest) =>
        string.Create(CultureInfo.InvariantCulture, $"datt-{manifest.Origin[..OriginLetters]}-{manifest.Epoch}-{manifest.Version}");

    /// <summary>Whether it is a name of that form.</summary>
    public static bool IsOne(string text) => Form().IsMatch(text);

    [GeneratedRegex(@"^datt-[a-z2-7]{8}-[1-9][0-9]{0,18}-[1-9][0-9]{0,18}\z", RegexOptions.CultureInvariant)]
    private static partial Regex Form();
}
