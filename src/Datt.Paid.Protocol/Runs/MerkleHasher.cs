using Datt.Paid.Protocol.Identity;

namespace Datt.Paid.Protocol.Runs;

/// <summary>Builds a <see cref="MerkleTree"/> from bytes that come in pieces of any size.</summary>
public sealed class MerkleHasher
{
    private readonly byte[] _open = new byte[MerkleTree.LeafSize];
    private readonly List<Hash256> _leaves = [];
    private int _filled;
    private long _bytes;

    public void Append(ReadOnlySpan<byte> data)
    {
        _bytes += data.Length;
        while (!data.IsEmpty)
        {
            if (_filled == 0 && data.Length >= MerkleTree.LeafSize)
            {
                _leaves.Add(Hash256.Of(data[..MerkleTree.LeafSize]));
                data = data[MerkleTree.LeafSize..];
                continue;
            }

            var taken = Math.Min(data.Length, MerkleTree.LeafSize - _filled);
            data[..taken].CopyTo(_open.AsSpan(_filled));
            data = data[taken..];
            _filled += taken;
            if (_filled == MerkleTree.LeafSize)
                CloseLeaf();
        }
    }

    /// <summary>Ends the last leaf. At least one byte must have been appended, and nothing may be appended after it.</summary>
    public MerkleTree Complete()
    {
        if (_filled > 0)
            CloseLeaf();
        return new MerkleTree(_leaves, _bytes);
    }

    private void CloseLeaf()
    {
        _leaves.Add(Hash256.Of(_open.AsSpan(0, _filled)));
        _filled = 0;
    }
}
