using Datt.Paid.Sync.Exchange;

namespace Datt.Paid.Tests.Sync.Exchange;

public class RunAdmissionTests
{
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private readonly ExchangeSettings _settings = new() { BytesPerSecond = 100_000, PoolPerDay = 80_000, SlotBytes = 5_000 };

    [Fact]
    public void Free_serves_everybody_at_a_bounded_rate_each()
    {
        var admission = new RunAdmission(RunPolicy.Free, _settings);
        var (one, other) = (new RunCaller(1), new RunCaller(2));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(one, 2_000_000, Noon)); // 20 s of its rate, 10 more than a burst
        var refused = Assert.IsType<RunDecision.TooMuch>(admission.Decide(one, 1, Noon));
        Assert.Equal(TimeSpan.FromSeconds(10), refused.RetryAfter);
        Assert.IsType<RunDecision.Admitted>(admission.Decide(other, 1, Noon));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(one with { ServerId = "a" }, 1, Noon));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(one, 1, Noon + refused.RetryAfter));
    }

    [Fact]
    public void Paid_serves_those_who_paid_alone()
    {
        var admission = new RunAdmission(RunPolicy.Paid, _settings);
        admission.Received("giver", 1_000_000, Noon);
        Assert.IsType<RunDecision.PaymentRequired>(admission.Decide(new RunCaller(1), 1, Noon));
        Assert.IsType<RunDecision.PaymentRequired>(admission.Decide(new RunCaller(1, "giver"), 1, Noon));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(new RunCaller(1, Payer: "account"), 1_000, Noon));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(new RunCaller(1, "server", "account"), 1_000, Noon));
    }

    [Fact]
    public void Reciprocal_gives_back_what_was_given_whatever_else_is_left()
    {
        var admission = new RunAdmission(RunPolicy.Reciprocal, With(pool: 0, slot: 0));
        var peer = new RunCaller(1, "peer");
        Assert.IsType<RunDecision.TooMuch>(admission.Decide(peer, 1, Noon));
        admission.Received("peer", 700, Noon);
        Assert.IsType<RunDecision.Admitted>(admission.Decide(peer, 700, Noon));
        Assert.IsType<RunDecision.TooMuch>(admission.Decide(peer, 1, Noon));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(new RunCaller(1, "other", "account"), 10_000, Noon)); // a payer needs no credit
    }

    [Fact]
    public void Whoever_signs_nothing_draws_on_the_pool_alone_and_on_an_eighth_of_it()
    {
        var admission = new RunAdmission(RunPolicy.Reciprocal, _settings);
        var stranger = new RunCaller(1);
        Assert.IsType<RunDecision.Admitted>(admission.Decide(stranger, 10_000, Noon));
        var refused = Assert.IsType<RunDecision.TooMuch>(admission.Decide(stranger, 1, Noon));
        Assert.Equal(TimeSpan.FromHours(12), refused.RetryAfter); // when the next pool begins
        Assert.Equal(70_000, admission.PoolLeft(Noon));
        Assert.IsType<RunDecision.Admitted>(admission.Decide(stranger, 10_000, Noon + refused.RetryAfter));
    }

    [Fact]
    public void What_was_not_sent_goes_back_where_it_came_from()
    {
        var admission = new RunAdmission(RunPolicy.Reciprocal, _settings);
        var peer = new RunCaller(1, "peer");
        admission.Received("peer", 1_000, Noon);
        var grant = Assert.IsType<RunDecision.Admitted>(admission.Decide(peer, 9_000, Noon)).Grant; // 1,000 earned, 8,000 of the pool
        Assert.Equal(72_000, admission.PoolLeft(Noon));
        admission.Served(grant, 500);
        Assert.Equal(80_000, admission.PoolLeft(Noon));
        var totals = Assert.Single(admission.Peers());
        Assert.Equal((500, 1_000, 0, 500), (totals.Given, totals.Taken, totals.Covered, totals.Credit));
    }

    [Fact]
    public void What_was_free_is_no_debt_when_the_policy_changes()
    {
        var free = new RunAdmission(RunPolicy.Free, _settings);
        free.Decide(new RunCaller(1, "peer"), 1_000_000, Noon);
        free.Received("peer", 300, Noon);
        var strict = new RunAdmission(RunPolicy.Reciprocal, With(pool: 0, slot: 0));
        strict.Load(free.Peers());
        Assert.IsType<RunDecision.Admitted>(strict.Decide(new RunCaller(1, "peer"), 300, Noon));
        Assert.IsType<RunDecision.TooMuch>(strict.Decide(new RunCaller(1, "peer"), 1, Noon));
    }

    [Fact]
    public void Sixty_four_leaves_a_day_are_free_for_each_origin_and_address()
    {
        var admission = new RunAdmission(RunPolicy.Paid, _settings);
        Assert.Equal(64, Enumerable.Range(0, 100).Count(_ => admission.AdmitProof("a", 1, Noon)));
        Assert.True(admission.AdmitProof("b", 1, Noon));
        Assert.True(admission.AdmitProof("a", 2, Noon));
        Assert.False(admission.AdmitProof("a", 1, Noon.AddHours(11.9)));
        Assert.True(admission.AdmitProof("a", 1, Noon.AddHours(12)));
    }

    [Fact]
    public void The_slot_goes_round_by_address_and_then_by_name()
    {
        var admission = new RunAdmission(RunPolicy.Reciprocal, With(pool: 0));
        // One address with eight names, one with a single name; all ask every ten seconds for an hour.
        var many = Enumerable.Range(0, 8).Select(i => new RunCaller(1, $"sybil {i}")).ToList();
        var honest = new RunCaller(2, "honest");
        var served = new Dictionary<string, long>();
        for (var now = Noon; now < Noon.AddHours(1); now += TimeSpan.FromSeconds(10))
        {
            foreach (var caller in many.Append(honest))
            {
                if (admission.Decide(caller, 1_000, now) is RunDecision.Admitted)
                    served[caller.ServerId!] = served.GetValueOrDefault(caller.ServerId!) + 1_000;
            }
        }
        // 120 turns, half of them each; a turn's 5,000 are asked for in three rounds.
        Assert.Equal(60 * 3_000, served["honest"]);
        Assert.Equal(60 * 3_000, many.Sum(caller => served[caller.ServerId!]));
        Assert.All(many, caller => Assert.InRange(served[caller.ServerId!], 7 * 3_000, 8 * 3_000));
    }

    private static ExchangeSettings With(long pool = 80_000, long slot = 5_000) => new() { PoolPerDay = pool, SlotBytes = slot };
}
