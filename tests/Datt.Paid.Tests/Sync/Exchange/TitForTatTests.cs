using Datt.Paid.Sync.Exchange;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Sync.Exchange;

/// <summary>What tit for tat promises, whoever asks and however.</summary>
public class TitForTatTests
{
    private static readonly DateTimeOffset Start = new(2026, 3, 1, 0, 0, 0, TimeSpan.Zero);

    /// <param name="Name">Who asks; 0 signs nothing.</param>
    /// <param name="Address">From where.</param>
    /// <param name="Bytes">How many.</param>
    /// <param name="Sent">Percent of them that go out before the caller goes away.</param>
    /// <param name="Given">What it gave before, mostly nothing.</param>
    /// <param name="Later">Seconds since the step before.</param>
    public sealed record Step(int Name, int Address, int Bytes, int Sent, int Given, int Later);

    public static class Lives
    {
        public static Arbitrary<Step[]> Steps()
        {
            var step =
                from name in Gen.Choose(0, 40)
                from address in Gen.Choose(0, 5)
                from bytes in Gen.Choose(0, 20_000)
                from sent in Gen.Frequency((4, Gen.Constant(100)), (1, Gen.Choose(0, 100)))
                from given in Gen.Frequency((9, Gen.Constant(0)), (1, Gen.Choose(0, 30_000)))
                from later in Gen.Frequency((8, Gen.Choose(0, 20)), (1, Gen.Choose(0, 40_000)))
                select new Step(name, address, bytes, sent, given, later);
            return Arb.From(step.ArrayOf(400), Shrink);
        }

        private static IEnumerable<Step[]> Shrink(Step[] steps)
        {
            for (var i = 0; i < steps.Length; i++)
                yield return [.. steps[..i], .. steps[(i + 1)..]];
        }
    }

    [Property(MaxTest = 200, Arbitrary = [typeof(Lives)])]
    public void Nobody_gets_more_than_he_gave_but_for_one_pool_a_day_and_one_slot_a_turn(Step[] steps)
    {
        var settings = new ExchangeSettings { PoolPerDay = 50_000, SlotBytes = 7_000 };
        var admission = new RunAdmission(RunPolicy.Reciprocal, settings);
        var (now, given, taken) = (Start, 0L, 0L);
        var byDay = new Dictionary<int, (long Given, long Taken)>();
        foreach (var step in steps)
        {
            now += TimeSpan.FromSeconds(step.Later);
            var day = (now - Start).Days;
            var (givenToday, takenToday) = byDay.GetValueOrDefault(day);
            var caller = new RunCaller((UInt128)step.Address, step.Name == 0 ? null : $"server {step.Name}");
            if (caller.ServerId is { } id && step.Given > 0)
            {
                admission.Received(id, step.Given, now);
                (taken, takenToday) = (taken + step.Given, takenToday + step.Given);
            }
            if (admission.Decide(caller, step.Bytes, now) is RunDecision.Admitted admitted)
            {
                var sent = (long)step.Bytes * step.Sent / 100;
                admission.Served(admitted.Grant, sent);
                (given, givenToday) = (given + sent, givenToday + sent);
            }
            byDay[day] = (givenToday, takenToday);
            var turns = ((now - Start) / settings.SlotTurn) + 1;
            Assert.True(given <= taken + (byDay.Count * settings.PoolPerDay) + (turns * settings.SlotBytes), $"{given} given for {taken}");
        }
        Assert.All(admission.Peers(), peer => Assert.True(peer.Given <= peer.Taken + peer.Covered, $"{peer}"));
        Assert.True(admission.Peers().Sum(peer => peer.Taken) == taken);
    }

    /// <summary>A freeloader gives nothing, asks all day under as many names and from as many addresses as he likes.</summary>
    [Property(MaxTest = 20)]
    public void More_names_bring_a_freeloader_nothing(PositiveInt names, PositiveInt addresses)
    {
        var settings = new ExchangeSettings { PoolPerDay = 400_000, SlotBytes = 2_000 };
        var admission = new RunAdmission(RunPolicy.Reciprocal, settings);
        var (got, number) = (0L, 0);
        for (var now = Start; now < Start.AddDays(1); now += TimeSpan.FromSeconds(15))
        {
            for (var i = 0; i < 5; i++)
            {
                var caller = new RunCaller((UInt128)(number % addresses.Get), $"name {number % names.Get}");
                number++;
                if (admission.Decide(caller, 1_000, now) is RunDecision.Admitted)
                    got += 1_000;
            }
        }
        Assert.InRange(got, 0, settings.PoolPerDay + (2_880 * settings.SlotBytes)); // 2,880 turns of 30 s in a day
    }

    /// <summary>Two servers that start with nothing from each other, each wanting as much of the other as that wants of it.</summary>
    [Property(MaxTest = 50)]
    public void Two_that_need_each_other_end_with_everything(PositiveInt seed)
    {
        var random = new Random(seed.Get);
        var settings = new ExchangeSettings { PoolPerDay = 80_000, SlotBytes = 2_000 };
        var sides = new[] { new RunAdmission(RunPolicy.Reciprocal, settings), new RunAdmission(RunPolicy.Reciprocal, settings) };
        var wanted = 3_000_000 + random.Next(1_000_000);
        var got = new long[2];
        var rounds = 0;
        for (var now = Start; got.Min() < wanted; now += TimeSpan.FromSeconds(1))
        {
            Assert.True(rounds++ < 5_000, $"seed {seed.Get}: after {rounds} s {got[0]} and {got[1]} of {wanted} are there");
            foreach (var side in random.Next(2) == 0 ? new[] { 0, 1 } : [1, 0])
            {
                // A side that has everything still gives; it asks for no more.
                for (var i = 0; i < 4 && got[side] < wanted; i++)
                {
                    var bytes = 1 + random.Next(1_000);
                    if (sides[1 - side].Decide(new RunCaller((UInt128)side, $"side {side}"), bytes, now) is not RunDecision.Admitted)
                        break;
                    got[side] += bytes;
                    sides[side].Received($"side {1 - side}", bytes, now);
                }
            }
        }
    }
}
