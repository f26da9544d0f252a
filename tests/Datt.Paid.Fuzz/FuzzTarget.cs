namespace Datt.Paid.Fuzz;

/// <summary>A way for outside bytes into the product.</summary>
/// <param name="Name">For reports; also the folder of its corpus in <c>tests/fuzz</c>.</param>
/// <param name="Seeds">Right inputs, written by the product's own encoders.</param>
/// <param name="Decode">
/// Takes any bytes, true when they were accepted. Throws on no input, <see cref="BrokenRule"/> where something does not hold that must: that what is
/// accepted encodes to itself.
/// </param>
/// <param name="Expansion">Bytes it may allocate for each byte of input, beyond <see cref="FreeBytes"/>.</param>
public sealed record FuzzTarget(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], bool> Decode, int Expansion = 200)
{
    /// <summary>Allocations that are nobody's concern, whatever the input.</summary>
    public const long FreeBytes = 1 << 20;

    /// <summary>Whether the seeds are so slow to decode that only every tenth input goes here.</summary>
    public bool IsSlow { get; init; }
}

/// <summary>A decoder took what it must not take, or changed it.</summary>
public sealed class BrokenRule(string message) : Exception(message);

/// <summary>What must hold of an accepted input.</summary>
internal static class Must
{
    public static void Hold(bool condition, string rule)
    {
        if (!condition)
            throw new BrokenRule(rule);
    }

    /// <summary>A canonical form has one encoding.</summary>
    public static void Same(ReadOnlySpan<byte> input, ReadOnlySpan<byte> encoded)
    {
        if (!input.SequenceEqual(encoded))
            throw new BrokenRule($"what was accepted encodes to something else: {Convert.ToBase64String(encoded)}");
    }
}
