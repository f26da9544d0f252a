namespace Datt.Paid.Server.Tests.Campaigns.Decoders;

/// <summary>A way for outside bytes into the product.</summary>
/// <param name="Name">For the report.</param>
/// <param name="Seeds">Right inputs.</param>
/// <param name="Decode">
/// Takes any bytes, true when they were accepted. Throws on no input, and asserts what must hold of an accepted one: that it encodes to itself.
/// </param>
/// <param name="Expansion">Bytes it may allocate for each byte of input, beyond <see cref="FreeBytes"/>.</param>
internal sealed record Decoder(string Name, IReadOnlyList<byte[]> Seeds, Func<byte[], bool> Decode, int Expansion = 200)
{
    /// <summary>Allocations that are nobody's concern, whatever the input.</summary>
    public const long FreeBytes = 1 << 20;

    /// <summary>Whether the seeds are so slow to decode that only every tenth input goes here.</summary>
    public bool IsSlow { get; init; }
}
