using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Datt.Paid.Protocol.Runs;

namespace Datt.Paid.Protocol.Manifests;

/// <summary>The runs that were merged away and are still served, for those who fell behind.</summary>
public sealed class Retired
{
    /// <summary>A run is served until so many newer ones of its level have been merged away.</summary>
    public const int KeptPerLevel = 64;

    public static readonly Retired None = new([]);

    private Retired(IReadOnlyList<RunInfo> runs) => Runs = runs;

    /// <summary>By level, then oldest first.</summary>
    public IReadOnlyList<RunInfo> Runs { get; }

    /// <summary>SHA-256 of <see cref="Encode"/>.</summary>
    public Hash256 Hash => throw new NotImplementedException();

    /// <summary>The list after more runs were merged away, without those that no longer need serving.</summary>
    public Retired With(IEnumerable<RunInfo> mergedAway) => throw new NotImplementedException();

    public byte[] Encode() => throw new NotImplementedException();

    public static bool TryDecode(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out Retired? retired, out DecodeFault fault) =>
        throw new NotImplementedException();
}
