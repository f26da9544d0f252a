using Datt.Paid.BtcPayServer.Chain;
using Datt.Paid.Regtest.Node;
using NBitcoin;
using NBitcoin.DataEncoders;

namespace Datt.Paid.Regtest.Official;

/// <summary>Our own address code against NBitcoin's.</summary>
public class AddressTests
{
    [Theory]
    [InlineData(AddressKind.Segwit, ScriptType.P2WPKH, typeof(BitcoinWitPubKeyAddress))]
    [InlineData(AddressKind.Taproot, ScriptType.Taproot, typeof(TaprootAddress))]
    [InlineData(AddressKind.NestedSegwit, ScriptType.P2SH, typeof(BitcoinScriptAddress))]
    [InlineData(AddressKind.Legacy, ScriptType.P2PKH, typeof(BitcoinPubKeyAddress))]
    public void Each_kind_of_address_is_read_and_written_alike(AddressKind kind, ScriptType script, Type type)
    {
        for (var index = 0; index < 500; index++)
        {
            var text = RegtestAddress.Create(kind, "wallet", index);
            var address = BitcoinAddress.Create(text, Network.RegTest);
            Assert.IsType(type, address);
            Assert.Equal(text, address.ToString());
            Assert.True(address.ScriptPubKey.IsScriptType(script));
        }
    }

    [Theory]
    [InlineData(AddressKind.Segwit)]
    [InlineData(AddressKind.Taproot)]
    [InlineData(AddressKind.NestedSegwit)]
    [InlineData(AddressKind.Legacy)]
    public void Dust_begins_at_the_same_amount(AddressKind kind)
    {
        var script = BitcoinAddress.Create(RegtestAddress.Create(kind, "wallet", 1), Network.RegTest).ScriptPubKey;
        Assert.Equal(new TxOut(Money.Zero, script).GetDustThreshold().Satoshi, RegtestAddress.DustLimit(kind));
    }

    [Fact]
    public void Base58_is_written_alike_also_with_leading_zeros()
    {
        var random = new Random(20_261_122);
        for (var length = 0; length < 80; length++)
        {
            var bytes = new byte[length];
            random.NextBytes(bytes);
            bytes.AsSpan(0, Math.Min(length, random.Next(3))).Clear();
            Assert.Equal(Encoders.Base58.EncodeData(bytes), RegtestAddress.Base58(bytes));
        }
    }

    [Fact]
    public async Task The_addresses_of_the_regtest_node_are_addresses_of_regtest()
    {
        await using var node = await BcoinNode.StartAsync();
        var address = BitcoinAddress.Create(await node.NewAddressAsync(), Network.RegTest);
        Assert.IsType<BitcoinWitPubKeyAddress>(address);
        Assert.Throws<FormatException>(() => BitcoinAddress.Create(address.ToString(), Network.Main));
    }
}
