using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Security.Cryptography;

namespace Datt.Paid.Nodes;

/// <summary>How far somebody followed the changes of who is present: a number that counts them, and whose count it is.</summary>
/// <param name="Run">Another one after each start, because presence does not outlive it.</param>
/// <param name="Number">Changes so far.</param>
public readonly record struct PresenceVersion(ulong Run, long Number)
{
    /// <summary>Longest written form, in characters.</summary>
    public const int MaxLength = 36;

    /// <summary>Reads what <see cref="ToString"/> wrote.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out PresenceVersion version)
    {
        version = default;
        if (text is null || text.Length > MaxLength || text.IndexOf('.', StringComparison.Ordinal) is not 16)
            return false;
        if (!ulong.TryParse(text.AsSpan(0, 16), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out var run)
            || !long.TryParse(text.AsSpan(17), NumberStyles.None, CultureInfo.InvariantCulture, out var number))
        {
            return false;
        }
        version = new PresenceVersion(run, number);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Run:x16}.{Number}");
}

/// <summary>Nodes that changed after a version, oldest change first.</summary>
/// <param name="Nodes">Each once, as it is now.</param>
/// <param name="Version">How far this goes.</param>
/// <param name="More">Whether there are newer changes than that.</param>
public sealed record PresenceChanges(IReadOnlyList<KnownNode> Nodes, PresenceVersion Version, bool More);

/// <summary>The last changes of who is present, in bounded number. Used under the registry's lock.</summary>
internal sealed class PresenceLog
{
    /// <summary>Changes that can be followed; whoever is further behind reads everything anew.</summary>
    public const int Kept = 32_768;

    private readonly ulong _run = BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
    private readonly KnownNode?[] _ring = new KnownNode?[Kept];
    private long _number;

    public PresenceVersion Version => new(_run, _number);

    public void Changed(KnownNode node)
    {
        node.Version = ++_number;
        _ring[_number % Kept] = node;
    }

    /// <summary>Null where the version is none of this run, or too old.</summary>
    public PresenceChanges? Since(PresenceVersion version, int limit)
    {
        if (version.Run != _run || version.Number > _number || version.Number < _number - Kept)
            return null;
        var nodes = new List<KnownNode>();
        var number = version.Number;
        while (number < _number && nodes.Count < limit)
        {
            number++;
            // A node that changed again stands further on.
            if (_ring[number % Kept] is { } node && node.Version == number)
                nodes.Add(node);
        }
        return new PresenceChanges(nodes, version with { Number = number }, number < _number);
    }
}
