using System.Globalization;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Torrents;

/// <summary>
/// A hybrid torrent of runs (BEP 52, with BEP 3 beside it and the pad files of BEP 47): files are named by run id, and what version 2 calls a file's
/// <em>pieces root</em> is that id. The same runs under the same name give the same bytes, on whatever server.
/// </summary>
public sealed class TorrentInfo
{
    /// <summary>Folder of the files that only fill pieces up; a file in it is called by its length.</summary>
    public const string PadFolder = ".pad";

    private readonly byte[] _info;
    private readonly byte[] _pieceLayers;

    private TorrentInfo(string name, byte[] info, byte[] pieceLayers)
    {
        Name = name;
        _info = info;
        _pieceLayers = pieceLayers;
        Version1 = InfoHash.OfVersion1(info);
        Version2 = Hash256.Of(info);
    }

    public string Name { get; }

    /// <summary>The info-hash in version 1.</summary>
    public InfoHash Version1 { get; }

    /// <summary>The info-hash in version 2; trackers know it by its first 20 bytes.</summary>
    public Hash256 Version2 { get; }

    /// <summary>The bencoded <c>info</c> dictionary.</summary>
    public ReadOnlyMemory<byte> Info => _info;

    /// <param name="name">See <see cref="TorrentName"/>.</param>
    /// <param name="pieceLength">For all files.</param>
    /// <param name="runs">At least one, each once, with pieces of that length; in any order.</param>
    public static TorrentInfo Of(string name, int pieceLength, IReadOnlyCollection<RunPieces> runs)
    {
        if (runs.Count == 0 || runs.Any(r => r.PieceLength != pieceLength))
            throw new ArgumentException($"A torrent has at least one file, and each has pieces of {pieceLength} bytes.", nameof(runs));
        // The order of their names, which version 2 asks of its tree and version 1 must follow.
        RunPieces[] files = [.. runs.OrderBy(r => r.Id)];
        return new TorrentInfo(name, WriteInfo(name, pieceLength, files), WritePieceLayers(files));
    }

    /// <summary>The whole <c>.torrent</c> file.</summary>
    /// <param name="announce">URL of the tracker.</param>
    /// <param name="webSeeds">URLs, each with a slash at the end, below which <c>NAME/FILE</c> lies (BEP 19).</param>
    /// <param name="createdAt">When the manifest was made.</param>
    public byte[] Metainfo(string announce, IReadOnlyList<string> webSeeds, DateTimeOffset createdAt)
    {
        var to = new BencodeWriter();
        to.BeginDictionary();
        to.Key("announce");
        to.Text(announce);
        to.Key("created by");
        to.Text("Datt.Paid");
        to.Key("creation date");
        to.Integer(createdAt.ToUnixTimeSeconds());
        to.Key("info");
        to.Raw(_info);
        to.Key("piece layers");
        to.Raw(_pieceLayers);
        to.Key("url-list");
        to.BeginList();
        foreach (var seed in webSeeds)
            to.Text(seed);
        to.End();
        to.End();
        return to.ToArray();
    }

    private static byte[] WriteInfo(string name, int pieceLength, RunPieces[] files)
    {
        var to = new BencodeWriter();
        to.BeginDictionary();
        WriteFileTree(to, files);
        WriteFiles(to, files);
        to.Key("meta version");
        to.Integer(2);
        to.Key("name");
        to.Text(name);
        to.Key("piece length");
        to.Integer(pieceLength);
        to.Key("pieces");
        to.Bytes([.. files.SelectMany((file, i) => file.Version1(isLast: i == files.Length - 1))]);
        to.End();
        return to.ToArray();
    }

    private static void WriteFileTree(BencodeWriter to, RunPieces[] files)
    {
        to.Key("file tree");
        to.BeginDictionary();
        foreach (var file in files)
        {
            to.Key(file.Id.ToString());
            to.BeginDictionary();
            to.Key("");
            to.BeginDictionary();
            to.Key("length");
            to.Integer(file.Bytes);
            to.Key("pieces root");
            to.Bytes(file.Id.Root.ToArray());
            to.End();
            to.End();
        }
        to.End();
    }

    private static void WriteFiles(BencodeWriter to, RunPieces[] files)
    {
        to.Key("files");
        to.BeginList();
        foreach (var file in files)
        {
            to.BeginDictionary();
            to.Key("length");
            to.Integer(file.Bytes);
            to.Key("path");
            to.BeginList();
            to.Text(file.Id.ToString());
            to.End();
            to.End();
            if (file.Padding > 0 && file != files[^1])
                WritePad(to, file.Padding);
        }
        to.End();
    }

    private static void WritePad(BencodeWriter to, int bytes)
    {
        to.BeginDictionary();
        to.Key("attr");
        to.Text("p");
        to.Key("length");
        to.Integer(bytes);
        to.Key("path");
        to.BeginList();
        to.Text(PadFolder);
        to.Text(bytes.ToString(CultureInfo.InvariantCulture));
        to.End();
        to.End();
    }

    private static byte[] WritePieceLayers(RunPieces[] files)
    {
        var to = new BencodeWriter();
        to.BeginDictionary();
        foreach (var file in files.Where(f => f.Layer.Count > 0))
        {
            to.Key(file.Id.Root.ToArray());
            to.Bytes([.. file.Layer.SelectMany(h => h.ToArray())]);
        }
        to.End();
        return to.ToArray();
    }
}
