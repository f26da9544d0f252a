using System.Diagnostics;
using System.Globalization;
using Datt.Paid.Fuzz;

namespace Datt.Paid.Server.Tests.Campaigns.Decoders;

/// <summary>
/// Random and spoilt bytes into everything that decodes outside bytes: no exception, no allocation out of proportion, no endless work, and
/// what is accepted encodes to itself. Begins with the corpus in <c>tests/fuzz</c>.
/// </summary>
[Collection(CampaignCollection.Name)]
public sealed class DecoderCampaign(ITestOutputHelper output)
{
    private const int SlowShare = 10;
    private const int FewestInputs = 100;
    private static readonly TimeSpan Endless = TimeSpan.FromSeconds(20);

    [Fact]
    public void NoBytesBreakADecoder()
    {
        var run = new CampaignRun(output, "decoders");
        using var table = new TargetTable();
        var inputs = 0;
        var accepted = 0;
        var each = CampaignRun.Inputs / table.All.Count(d => !d.IsSlow);
        for (var i = 0; i < table.All.Count; i++)
        {
            var target = table.All[i];
            foreach (var seed in target.Seeds)
                Assert.True(Feed(target, seed), $"{target.Name}: a right input is refused: {Convert.ToBase64String(seed)}");
            var random = CampaignRun.RandomFor(i);
            var mutator = new ByteMutator([.. target.Seeds, .. Embedded.Corpus(target.Name).Select(c => c.Bytes)]);
            var count = Math.Max(FewestInputs, target.IsSlow ? each / SlowShare : each);
            for (var n = 0; n < count; n++)
                accepted += Feed(target, mutator.Next(random)) ? 1 : 0;
            inputs += count;
        }
        run.Say(string.Create(CultureInfo.InvariantCulture, $"{inputs} inputs into {table.All.Count} decoders, {accepted} accepted, no exception, all within their bounds"));
    }

    [Fact]
    public void EveryDecoderHasACorpusWhoseRightInputsItTakes()
    {
        using var table = new TargetTable();
        foreach (var target in table.All)
        {
            var corpus = Embedded.Corpus(target.Name);
            Assert.True(corpus.Any(c => c.Name.StartsWith("valid", StringComparison.Ordinal)), $"tests/fuzz/{target.Name} has no right input");
            foreach (var (name, bytes) in corpus)
                Assert.True(Feed(target, bytes) || !name.StartsWith("valid", StringComparison.Ordinal), $"tests/fuzz/{target.Name}/{name} is refused");
        }
    }

    private static bool Feed(FuzzTarget target, byte[] input)
    {
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        try
        {
            return target.Decode(input);
        }
        catch (Exception e)
        {
            throw new InvalidOperationException($"{target.Name} fails on {Convert.ToBase64String(input)}", e);
        }
        finally
        {
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            Assert.True(
                allocated <= FuzzTarget.FreeBytes + ((long)target.Expansion * input.Length),
                $"{target.Name} allocates {allocated} bytes for {input.Length}: {Convert.ToBase64String(input)}");
            Assert.True(Stopwatch.GetElapsedTime(started) < Endless, $"{target.Name} takes longer than {Endless.TotalSeconds} s: {Convert.ToBase64String(input)}");
        }
    }
}
