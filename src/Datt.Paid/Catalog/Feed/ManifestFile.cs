using Datt.Paid.Protocol.Manifests;

namespace Datt.Paid.Catalog.Feed;

/// <summary>Manifests and retired lists as files.</summary>
internal static class ManifestFile
{
    /// <summary>Writes a manifest so that all it names is durable before its name is.</summary>
    public static void Write(FeedFiles files, FeedDirectory directory, SignedManifest signed, Retired retired, bool retiredIsNew)
    {
        if (retiredIsNew)
            files.WriteDurably(directory.RetiredList(retired.Hash), retired.Encode());
        files.WriteDurably(directory.Manifest(signed.Manifest.Epoch, signed.Manifest.Version), ManifestCodec.Encode(signed));
    }

    /// <exception cref="CatalogDamagedException">The manifest or its retired list is missing or damaged.</exception>
    public static SealedFeed.State Read(FeedDirectory directory, string path)
    {
        var signed = Decode(path);
        var listPath = directory.RetiredList(signed.Manifest.Retired);
        if (!File.Exists(listPath) || !Retired.TryDecode(File.ReadAllBytes(listPath), out var retired, out _) || retired.Hash != signed.Manifest.Retired)
            throw new CatalogDamagedException($"{listPath}, which {path} names, is missing or damaged. Restore the data directory from a backup.");
        return new(signed, retired);
    }

    /// <exception cref="CatalogDamagedException">The file is not a manifest.</exception>
    public static SignedManifest Decode(string path) => ManifestCodec.TryDecode(File.ReadAllBytes(path), out var signed, out var fault)
        ? signed
        : throw new CatalogDamagedException($"{path} is damaged: {fault}. Restore the data directory from a backup.");

    /// <summary>Deletes a manifest that is too old to be asked for, and its retired list where no younger one names it.</summary>
    public static void Forget(FeedFiles files, FeedDirectory directory, long epoch, long version)
    {
        var path = directory.Manifest(epoch, version);
        if (!File.Exists(path))
            return;
        var list = Decode(path).Manifest.Retired;
        files.Delete(path);
        var next = directory.Manifest(epoch, version + 1);
        if (File.Exists(next) && Decode(next).Manifest.Retired != list)
            files.Delete(directory.RetiredList(list));
    }
}
