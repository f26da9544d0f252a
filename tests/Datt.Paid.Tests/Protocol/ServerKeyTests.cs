using System.Numerics;
using System.Security.Cryptography;
using Datt.Paid.Protocol.Identity;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class ServerKeyTests
{
    private static readonly BigInteger Order = BigInteger.Parse(
        "0FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551", System.Globalization.NumberStyles.HexNumber, null);

    private static readonly ServerKey Key = ServerKey.Create();

    [Property(MaxTest = 50)]
    public void Signatures_verify_and_have_their_s_in_the_lower_half(byte[] data)
    {
        var signature = Key.Sign(data);
        Assert.Equal(ServerKey.SignatureSize, signature.Length);
        Assert.True(new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true) <= Order / 2);
        Assert.True(Key.PublicKey.Verify(data, signature));
        Assert.False(Key.PublicKey.Verify([.. data, 0], signature));
        using var platform = ECDsa.Create();
        platform.ImportSubjectPublicKeyInfo(Key.PublicKey.Spki.Span, out _);
        Assert.True(platform.VerifyData(data, signature, HashAlgorithmName.SHA256));
    }

    [Property(MaxTest = 20)]
    public void The_second_valid_form_of_a_signature_is_refused(byte[] data)
    {
        var signature = Key.Sign(data);
        var s = Order - new BigInteger(signature.AsSpan(32), isUnsigned: true, isBigEndian: true);
        byte[] twin = [.. signature[..32], .. new byte[32 - s.GetByteCount(isUnsigned: true)], .. s.ToByteArray(isUnsigned: true, isBigEndian: true)];
        using var platform = ECDsa.Create();
        platform.ImportSubjectPublicKeyInfo(Key.PublicKey.Spki.Span, out _);
        Assert.True(platform.VerifyData(data, twin, HashAlgorithmName.SHA256));
        Assert.False(Key.PublicKey.Verify(data, twin));
    }

    [Fact]
    public void A_key_survives_export_and_a_later_key_keeps_the_first_ones_id()
    {
        Assert.True(ServerKey.TryImport(Key.Export(), id: null, out var same));
        Assert.Equal((Key.Id, Key.PublicKey.Fingerprint), (same.Id, same.Id));
        Assert.Equal(Key.DeriveSecret("cursor"), same.DeriveSecret("cursor"));
        Assert.NotEqual(Key.DeriveSecret("cursor"), same.DeriveSecret("other"));
        Assert.Equal(48, Key.DeriveSecret("cursor", 48).Length);
        Assert.True(ServerKey.TryImport(ServerKey.Create().Export(), Key.Id, out var later));
        Assert.Equal(Key.Id, later.Id);
        Assert.NotEqual(Key.Id, later.PublicKey.Fingerprint);
    }

    [Fact]
    public void The_id_is_the_base32_of_the_hash_of_the_public_key()
    {
        var hash = new BigInteger(SHA256.HashData(Key.PublicKey.Spki.Span), isUnsigned: true, isBigEndian: true) << 4;
        var id = string.Concat(Enumerable.Range(0, 52).Select(i => "abcdefghijklmnopqrstuvwxyz234567"[(int)(hash >> (5 * (51 - i)) & 31)]));
        Assert.Equal(id, Key.Id);
        Assert.True(ServerPublicKey.IsFingerprint(id));
        Assert.False(ServerPublicKey.IsFingerprint(id[..51] + "b"));
        Assert.False(ServerPublicKey.IsFingerprint(id.ToUpperInvariant()));
    }

    [Fact]
    public void Keys_of_other_kinds_are_refused()
    {
        using var otherCurve = ECDsa.Create(ECCurve.NamedCurves.nistP384);
        using var rsa = RSA.Create(2048);
        Assert.False(ServerKey.TryImport(otherCurve.ExportPkcs8PrivateKey(), null, out _));
        Assert.False(ServerKey.TryImport(rsa.ExportPkcs8PrivateKey(), null, out _));
        Assert.False(ServerKey.TryImport([.. Key.Export(), 0], null, out _));
        Assert.False(ServerKey.TryImport([1, 2, 3], null, out _));
        Assert.False(ServerKey.TryImport(Key.Export(), "someone", out _));
        Assert.False(ServerPublicKey.TryImport(otherCurve.ExportSubjectPublicKeyInfo(), out _));
        var offCurve = Key.PublicKey.Spki.ToArray();
        offCurve[^1] ^= 1;
        Assert.False(ServerPublicKey.TryImport(offCurve, out _));
    }

    [Property(MaxTest = 200)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes)
    {
        Assert.False(ServerPublicKey.TryImport(bytes, out _));
        Assert.False(Key.PublicKey.Verify(bytes, bytes));
        Assert.False(Key.PublicKey.VerifyHash(bytes, new byte[64]));
        byte[] likely = [.. Key.PublicKey.Spki.Span[..27], .. bytes, .. new byte[64]];
        ServerPublicKey.TryImport(likely.AsSpan(0, 91), out _);
    }
}
