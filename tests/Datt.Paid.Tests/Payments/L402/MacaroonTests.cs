using System.Text;
using Datt.Paid.Payments.L402;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Payments.L402;

public class MacaroonTests
{
    /// <summary>The example of libmacaroons' README, whose signatures every library reproduces.</summary>
    [Theory]
    [InlineData("e3d9e02908526c4c0039ae15114115d97fdd68bf2ba379b342aaf0f617d0552f")]
    [InlineData("1efe4763f290dbce0c1d08477367e11f4eee456a64933cf662d79772dbb82128", "account = 3735928559")]
    [InlineData("b5f06c8c8ef92f6c82c6ff282cd1f8bd1849301d09a2db634ba182536a611c49", "account = 3735928559", "time < 2020-01-01T00:00")]
    [InlineData(
        "ddf553e46083e55b8d71ab822be3d8fcf21d6bf19c40d617bb9fb438934474b6", "account = 3735928559", "time < 2020-01-01T00:00",
        "email = alice@example.org")]
    public void The_signature_is_that_of_libmacaroons(string signature, params string[] caveats)
    {
        var key = Macaroon.DeriveKey("this is our super secret key; only we should know it"u8);
        var bytes = Macaroon.Make(key, "we used our secret key"u8, [.. caveats.Select(Encoding.UTF8.GetBytes)]);
        Assert.True(Macaroon.TryRead(bytes, out var read));
        Assert.Equal(signature, Convert.ToHexStringLower(read.Signature));
        Assert.True(read.IsSignedBy(key));
    }

    /// <summary>Vectors that the libraries for C, Go, Java, JavaScript and Rust share; their location is read over.</summary>
    [Theory]
    [InlineData("AgETaHR0cDovL2V4YW1wbGUub3JnLwIFa2V5aWQAAAYgfN7nklEcW8b1KEhYBd/psk54XijiqZMB+dcRxgnjjvc=")]
    [InlineData("AgETaHR0cDovL2V4YW1wbGUub3JnLwIFa2V5aWQAAhRhY2NvdW50ID0gMzczNTkyODU1OQAABiD1SAf23G7fiL8PcwazgiVio2JTPb9zObphdl2kvSWdhw==", "account = 3735928559")]
    [InlineData("AgETaHR0cDovL2V4YW1wbGUub3JnLwIFa2V5aWQAAhRhY2NvdW50ID0gMzczNTkyODU1OQACDHVzZXIgPSBhbGljZQAABiBL6WfNHqDGsmuvakqU7psFsViG2guoXoxCqTyNDhJe/A==", "account = 3735928559", "user = alice")]
    public void Bytes_of_other_libraries_are_read_and_written_alike(string base64, params string[] caveats)
    {
        var bytes = Convert.FromBase64String(base64);
        Assert.True(Macaroon.TryRead(bytes, out var read));
        Assert.Equal("keyid", Encoding.UTF8.GetString(read.Identifier));
        Assert.Equal(caveats, CaveatsOf(bytes));
        Assert.True(read.IsSignedBy(Macaroon.DeriveKey("this is the key"u8)));
        Assert.False(read.IsSignedBy(Macaroon.DeriveKey("this is not the key"u8)));
        // The same without the location, which no signature covers.
        byte[] without = [2, .. bytes[22..]];
        Assert.Equal(without, Macaroon.Make(Macaroon.DeriveKey("this is the key"u8), "keyid"u8, [.. caveats.Select(Encoding.UTF8.GetBytes)]));
    }

    [Fact]
    public void Caveats_of_third_parties_are_not_taken()
    {
        byte[] withVerificationId = [2, 2, 1, (byte)'i', 0, 2, 1, (byte)'c', 4, 1, 9, 0, 0, 6, 32, .. new byte[32]];
        Assert.False(Macaroon.TryRead(withVerificationId, out _));
    }

    [Fact]
    public void Bounds_hold()
    {
        var key = Macaroon.DeriveKey("k"u8);
        Assert.True(Macaroon.TryRead(Macaroon.Make(key, "i"u8, Many(Macaroon.MaximumCaveats)), out _));
        Assert.False(Macaroon.TryRead(Macaroon.Make(key, "i"u8, Many(Macaroon.MaximumCaveats + 1)), out _));
        Assert.False(Macaroon.TryRead(Macaroon.Make(key, "i"u8, [new byte[Macaroon.MaximumSize]]), out _));

        static byte[][] Many(int count) => [.. Enumerable.Range(0, count).Select(i => new[] { (byte)i })];
    }

    [Property]
    public void What_is_made_is_read_back(byte[] rootKey, byte[] identifier, byte[][] caveats)
    {
        var key = Macaroon.DeriveKey(rootKey);
        var bytes = Macaroon.Make(key, identifier, caveats);
        if (bytes.Length > Macaroon.MaximumSize || caveats.Length > Macaroon.MaximumCaveats)
            return;
        Assert.True(Macaroon.TryRead(bytes, out var read));
        Assert.Equal(identifier, read.Identifier.ToArray());
        Assert.True(read.IsSignedBy(key));
        var at = 0;
        foreach (var caveat in read.Caveats)
            Assert.Equal(caveats[at++], caveat.ToArray());
        Assert.Equal(caveats.Length, at);
    }

    [Property]
    public void Cut_short_or_longer_it_is_no_macaroon(byte[] identifier, byte[][] caveats, byte more)
    {
        var bytes = Macaroon.Make(Macaroon.DeriveKey("k"u8), identifier, caveats);
        for (var length = 0; length < bytes.Length; length++)
            Assert.False(Macaroon.TryRead(bytes.AsSpan(0, length), out _));
        Assert.False(Macaroon.TryRead([.. bytes, more], out _));
    }

    [Property(MaxTest = 2_000)]
    public void Any_bytes_are_read_or_refused(byte[] noise)
    {
        byte[] begun = [2, 2, .. noise];
        if (Macaroon.TryRead(begun, out var read))
            Assert.False(read.IsSignedBy(Macaroon.DeriveKey("k"u8)));
        Macaroon.TryRead(noise, out _);
    }

    private static List<string> CaveatsOf(byte[] bytes)
    {
        var caveats = new List<string>();
        Macaroon.TryRead(bytes, out var read);
        foreach (var caveat in read.Caveats)
            caveats.Add(Encoding.UTF8.GetString(caveat));
        return caveats;
    }
}
