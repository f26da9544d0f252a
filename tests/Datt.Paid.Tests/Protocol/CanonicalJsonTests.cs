using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Protocol;

public class CanonicalJsonTests
{
    [Property(MaxTest = 500)]
    public void A_number_reads_back_as_itself(long bits)
    {
        var number = BitConverter.Int64BitsToDouble(bits);
        if (!double.IsFinite(number))
            return;
        var text = Encoding.UTF8.GetString(CanonicalJson.Write(JsonValue.Create(number)));
        Assert.Equal(number, double.Parse(text, CultureInfo.InvariantCulture));
        Assert.Equal(text, Rewrite(text));
    }

    [Property(MaxTest = 300)]
    public void Rewriting_twice_changes_nothing_more(string name, string value, double number)
    {
        if (!double.IsFinite(number))
            return;
        var once = CanonicalJson.Write(new JsonObject { [name ?? "n"] = value, ["é"] = new JsonArray(number, null, true) });
        Assert.True(CanonicalJson.TryRewrite(once, out var twice));
        Assert.Equal(once, twice);
    }

    [Theory]
    [InlineData("""{"a":1,"a":2}""")]
    [InlineData("""{"a":1,"\u0061":2}""")]
    [InlineData("""{"x":[{"a":1,"a":2}]}""")]
    [InlineData("""{"a":"\ud800"}""")]
    [InlineData("""{"\udc00":1}""")]
    [InlineData("1e999")]
    [InlineData("[1,]")]
    [InlineData("[1] 2")]
    [InlineData("NaN")]
    [InlineData("")]
    public void What_is_not_I_JSON_is_refused(string json) => Assert.False(CanonicalJson.TryRewrite(Encoding.UTF8.GetBytes(json), out _));

    [Fact]
    public void Depth_is_bounded()
    {
        Assert.True(CanonicalJson.TryRewrite(Nested(CanonicalJson.MaxDepth), out _));
        Assert.False(CanonicalJson.TryRewrite(Nested(CanonicalJson.MaxDepth + 1), out _));
        Assert.False(CanonicalJson.TryRewrite(Nested(100_000), out _));

        static byte[] Nested(int depth) => Encoding.UTF8.GetBytes(new string('[', depth) + new string(']', depth));
    }

    [Property(MaxTest = 500)]
    public void Random_bytes_have_a_named_outcome(byte[] bytes) =>
        Assert.Equal(CanonicalJson.TryRewrite(bytes, out var canonical), canonical is not null);

    private static string Rewrite(string json)
    {
        Assert.True(CanonicalJson.TryRewrite(Encoding.UTF8.GetBytes(json), out var canonical));
        return Encoding.UTF8.GetString(canonical);
    }
}
