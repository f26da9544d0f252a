namespace Datt.Paid.Protocol.Runs;

/// <summary>Builds a <see cref="MerkleTree"/> from bytes that come in pieces of any size.</summary>
public sealed class MerkleHasher
{
    public void Append(ReadOnlySpan<byte> data) => throw new NotImplementedException();

    /// <summary>Ends the last leaf. At least one byte must have been appended.</summary>
    public MerkleTree Complete() => throw new NotImplementedException();
}
