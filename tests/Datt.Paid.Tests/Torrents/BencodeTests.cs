using System.Text;
using Datt.Paid.Protocol.Torrents;

namespace Datt.Paid.Tests.Torrents;

public class BencodeTests
{
    [Theory]
    [InlineData(0, "i0e")]
    [InlineData(-42, "i-42e")]
    [InlineData(long.MaxValue, "i9223372036854775807e")]
    public void A_number_has_its_shortest_form(long number, string expected) => Assert.Equal(expected, Written(to => to.Integer(number)));

    [Fact]
    public void A_string_is_counted_in_bytes() => Assert.Equal("5:Zo\u00c3\u00ab!", Written(to => to.Text("Zoë!")));

    [Fact]
    public void Lists_and_dictionaries_nest_and_an_empty_key_is_one() => Assert.Equal("d0:ld1:ali1ei2eeee1:bi3ee", Written(to =>
    {
        to.BeginDictionary();
        to.Key("");
        to.BeginList();
        to.BeginDictionary();
        to.Key("a");
        to.BeginList();
        to.Integer(1);
        to.Integer(2);
        to.End();
        to.End();
        to.End();
        to.Key("b");
        to.Raw("i3e"u8);
        to.End();
    }));

    [Fact]
    public void Keys_are_ordered_by_bytes_whatever_their_length() => Assert.Equal("d1:Bi1e2:aai2e1:bi3ee", Written(to =>
    {
        to.BeginDictionary();
        foreach (var (key, value) in new[] { ("B", 1), ("aa", 2), ("b", 3) })
        {
            to.Key(key);
            to.Integer(value);
        }
        to.End();
    }));

    [Theory]
    [InlineData("b", "a")]
    [InlineData("a", "a")]
    [InlineData("a", "B")]
    [InlineData("aa", "a")]
    public void A_key_out_of_order_is_refused(string first, string second)
    {
        var to = new BencodeWriter();
        to.BeginDictionary();
        to.Key(first);
        to.Integer(1);
        Assert.Throws<InvalidOperationException>(() => to.Key(second));
    }

    [Fact]
    public void What_would_not_be_one_value_is_refused()
    {
        Refused(to => to.Key("no dictionary"));
        Refused(to => to.End());
        Refused(to => { to.Integer(1); to.Integer(2); });
        Refused(to => { to.BeginDictionary(); to.Integer(1); });
        Refused(to => { to.BeginDictionary(); to.Key("a"); to.End(); });
        Refused(to => { to.BeginDictionary(); to.Key("a"); to.Key("b"); });
        Refused(to => { to.BeginList(); to.ToArray(); });
    }

    private static void Refused(Action<BencodeWriter> write) => Assert.Throws<InvalidOperationException>(() => write(new BencodeWriter()));

    private static string Written(Action<BencodeWriter> write)
    {
        var to = new BencodeWriter();
        write(to);
        Bencoded.Read(to.ToArray());
        return Encoding.Latin1.GetString(to.ToArray());
    }
}
