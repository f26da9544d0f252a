using Datt.Paid.Sync.Exchange.Buying;
using Datt.Paid.Tests.Payments;
using FsCheck;
using FsCheck.Fluent;
using FsCheck.Xunit;

namespace Datt.Paid.Tests.Sync.Exchange.Buying;

/// <summary>Random lives of a buyer: payments that succeed, fail, vanish or die in the middle, over months.</summary>
public class PurchaseModelTests
{
    public enum Fate
    {
        Paid,
        Refused,
        LostAndGone,
        LostAndKept,
        DiedBefore,
        DiedAfter,
    }

    /// <param name="Fates">What happens to the payments of this run, in turn.</param>
    /// <param name="Hours">Since the run before.</param>
    public sealed record Step(Fate[] Fates, int Hours);

    public static class Lives
    {
        public static Arbitrary<Step[]> Steps()
        {
            var step =
                from fates in Gen.Elements(Enum.GetValues<Fate>()).ArrayOf(4)
                from hours in Gen.Frequency((4, Gen.Choose(0, 3)), (2, Gen.Choose(10, 400)))
                select new Step(fates, hours);
            return Arb.From(step.ArrayOf(12), steps => Enumerable.Range(0, steps.Length).Select(i => (Step[])[.. steps[..i], .. steps[(i + 1)..]]));
        }
    }

    [Property(MaxTest = 15, Arbitrary = [typeof(Lives)])]
    public async Task A_period_is_paid_at_most_once_and_no_month_costs_more_than_its_budget(Step[] steps)
    {
        await using var server = await MoneyServer.StartAsync();
        var market = new Market();
        var sellers = Market.Sellers(3);
        var settings = new BuyingSettings { Enabled = true, MaximumPerPayment = 0.30m, MaximumPerMonth = 0.60m };
        foreach (var step in steps)
        {
            market.Now += TimeSpan.FromHours(step.Hours);
            var turn = 0;
            market.Pays = _ => Outcome(market, step.Fates[turn++ % step.Fates.Length]);
            try
            {
                await market.Job(server, settings, sellers).RunAsync(market.Now, CancellationToken.None);
            }
            catch (PowerCut)
            {
            }
        }
        // The operation names the row, and so the period, that a payment was for.
        Assert.All(market.Spent.GroupBy(each => each.Operation.Split('-')[0]), period => Assert.Single(period));
        Assert.All(
            market.Spent.GroupBy(each => (each.At.Year, each.At.Month)),
            month => Assert.True(month.Sum(_ => market.InvoiceSats + 1) / Market.SatsPerUsd <= settings.MaximumPerMonth, $"{month.Key}: {month.Count()} payments"));
    }

    private static PayOutcome? Outcome(Market market, Fate fate)
    {
        market.MoneyGoesAllTheSame = fate == Fate.LostAndGone;
        return fate switch
        {
            Fate.Refused => new PayOutcome.NotPaid("no route"),
            Fate.LostAndGone or Fate.LostAndKept => new PayOutcome.Unknown("no answer"),
            Fate.DiedBefore => throw new PowerCut(),
            Fate.DiedAfter => throw new PowerCut { MoneyWent = true },
            _ => null,
        };
    }

    internal sealed class PowerCut : Exception
    {
        public bool MoneyWent { get; init; }
    }
}
