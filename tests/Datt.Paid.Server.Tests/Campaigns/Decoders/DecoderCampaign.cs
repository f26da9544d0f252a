using System.Diagnostics;
using System.Globalization;

namespace Datt.Paid.Server.Tests.Campaigns.Decoders;

/// <summary>
/// Random and spoilt bytes into everything that decodes outside bytes: no exception, no allocation out of proportion, no endless work, and
/// what is accepted encodes to itself.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class DecoderCampaign(ITestOutputHelper output)
{
    private const int SlowShare = 10;
    private static readonly TimeSpan Endless = TimeSpan.FromSeconds(20);

    [Fact]
    public void NoBytesBreakADecoder()
    {
        var run = new CampaignRun(output, "decoders");
        using var samples = new Samples();
        List<Decoder> decoders = [.. ProtocolDecoders.All(samples), .. RunDecoders.All(samples)];
        var inputs = 0;
        var accepted = 0;
        var each = CampaignRun.Inputs / decoders.Count(d => !d.IsSlow);
        for (var i = 0; i < decoders.Count; i++)
        {
            var decoder = decoders[i];
            foreach (var seed in decoder.Seeds)
                Assert.True(Feed(decoder, seed), $"{decoder.Name}: a right input is refused: {Convert.ToBase64String(seed)}");
            var random = CampaignRun.RandomFor(i);
            var mutator = new ByteMutator(decoder.Seeds);
            var count = Math.Max(500, decoder.IsSlow ? each / SlowShare : each);
            for (var n = 0; n < count; n++)
                accepted += Feed(decoder, mutator.Next(random)) ? 1 : 0;
            inputs += count;
        }
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{inputs} inputs into {decoders.Count} decoders, {accepted} accepted, no exception, all within their bounds"));
    }

    private static bool Feed(Decoder decoder, byte[] input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            return decoder.Decode(input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{decoder.Name} fails on {Convert.ToBase64String(input)}", e);
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(
                allocated <= Decoder.FreeBytes + ((long)decoder.Expansion * input.Length),
                $"{decoder.Name} allocates {allocated} bytes for {input.Length}: {Convert.ToBase64String(input)}");
            Assert.True(Stopwatch.GetElapsedTime(started) < Endless, $"{decoder.Name} takes longer than {Endless.TotalSeconds} s: {Convert.ToBase64String(input)}");
        }
    }
}
