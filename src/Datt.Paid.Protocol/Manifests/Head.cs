using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>The short name of a manifest: all that has to be told around.</summary>
public sealed record Head(string Origin, long Epoch, long Version, Hash256 Manifest)
{
    /// <summary>Whether this one may replace <paramref name="held"/> of the same origin: greater epoch, or same epoch and greater version.</summary>
    public bool IsNewerThan(Head held) => Epoch > held.Epoch || (Epoch == held.Epoch && Version > held.Version);
}
