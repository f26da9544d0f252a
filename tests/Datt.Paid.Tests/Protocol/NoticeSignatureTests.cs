using System.Globalization;
using Datt.Paid.Protocol.Identity;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class NoticeSignatureTests
{
    private static readonly ServerKey Key = ServerKey.Create();
    private static readonly DateTimeOffset Now = new(2026, 1, 31, 12, 0, 0, TimeSpan.Zero);
    private static readonly TimeSpan Tolerance = TimeSpan.FromMinutes(5);

    [Property(MaxTest = 50)]
    public void A_signed_body_is_genuine_and_any_other_forged(byte[] body, byte added)
    {
        var header = NoticeSignature.Sign(Key, Now, body);
        Assert.Equal(NoticeVerdict.Genuine, Check(header, body));
        Assert.Equal(NoticeVerdict.Forged, Check(header, [.. body, added]));
        Assert.Equal(NoticeVerdict.Forged, Check(header, [added, .. body]));
    }

    [Property(MaxTest = 200)]
    public void No_header_makes_it_throw(string header) => Assert.NotEqual(NoticeVerdict.Genuine, Check(header, []));

    [Property(MaxTest = 50)]
    public void A_changed_character_of_the_header_is_noticed(int at, char to)
    {
        var header = NoticeSignature.Sign(Key, Now, "{}"u8);
        var index = (int)((uint)at % header.Length);
        if (header[index] != to)
            Assert.NotEqual(NoticeVerdict.Genuine, Check(header[..index] + to + header[(index + 1)..], "{}"u8.ToArray()));
    }

    [Fact]
    public void The_time_is_part_of_what_is_signed_and_bounded()
    {
        var header = NoticeSignature.Sign(Key, Now, "{}"u8);
        var (earlier, seconds) = (Now.ToUnixTimeSeconds() - 1, Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture));
        Assert.Equal(NoticeVerdict.Forged, Check(header.Replace(seconds, earlier.ToString(CultureInfo.InvariantCulture)), "{}"u8.ToArray()));
        Assert.Equal(NoticeVerdict.Genuine, NoticeSignature.Check(header, "{}"u8, Key.Id, Key.PublicKey, Now + Tolerance, Tolerance));
        Assert.Equal(NoticeVerdict.Stale, NoticeSignature.Check(header, "{}"u8, Key.Id, Key.PublicKey, Now + Tolerance + TimeSpan.FromSeconds(1), Tolerance));
        Assert.Equal(NoticeVerdict.Stale, NoticeSignature.Check(header, "{}"u8, Key.Id, Key.PublicKey, Now - Tolerance - TimeSpan.FromSeconds(1), Tolerance));
    }

    [Fact]
    public void Another_server_is_told_apart()
    {
        using var other = ServerKey.Create();
        Assert.Equal(NoticeVerdict.OtherServer, Check(NoticeSignature.Sign(other, Now, "{}"u8), "{}"u8.ToArray()));
        Assert.Equal(NoticeVerdict.Forged, NoticeSignature.Check(NoticeSignature.Sign(Key, Now, "{}"u8), "{}"u8, Key.Id, other.PublicKey, Now, Tolerance));
        Assert.Equal(NoticeVerdict.Malformed, Check(null, []));
    }

    private static NoticeVerdict Check(string? header, byte[] body) => NoticeSignature.Check(header, body, Key.Id, Key.PublicKey, Now, Tolerance);
}
