using System.Diagnostics.CodeAnalysis;
using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Runs;

/// <summary>
/// Name of a run: the Merkle root of its bytes as BitTorrent v2 (BEP 52) defines the <em>pieces root</em> of a file.
/// Its text is 64 lower-case hex digits.
/// </summary>
public readonly record struct RunId(Hash256 Root) : IComparable<RunId>
{
    public static bool TryParse([NotNullWhen(true)] string? text, out RunId id)
    {
        var good = Hash256.TryParse(text, out var root);
        id = new RunId(root);
        return good;
    }

    public int CompareTo(RunId other) => Root.CompareTo(other.Root);

    public override string ToString() => Root.ToString();
}
