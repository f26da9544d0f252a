using FsCheck.Fluent;

namespace Datt.Paid.Regtest.Campaigns;

/// <summary>What can happen to an invoice.</summary>
internal enum Act
{
    Exact,
    ExactLater,
    PartThenRest,
    PartThenLightning,
    Parts,
    PartOnly,
    Over,
    Twice,
    Late,
    PartThenLate,
    LatePart,
    AfterMonitoring,
    Unpaid,
    MarkSettled,
    PartThenMarkSettled,
    MarkInvalid,
    MarkInvalidThenPay,
    Bump,
    ReplacedAway,
    ReplacedAwayThenPaid,
    DoubleSpent,
    DoubleSpentThenPaid,
    ReorganisedAway,
    ReorganisedThenSentAgain,
    Deposit,
    DepositInParts,
    RefundAll,
    RefundPart,
    RefundWithdrawn,
    RefundByHand,
    BoughtTwiceAtOnce,
}

/// <summary>The life of one invoice.</summary>
/// <param name="Account">Which of the buyers.</param>
/// <param name="Begin">Minutes from the beginning of the campaign.</param>
/// <param name="Size">0 to 99: how much, how long; what it means is the act's.</param>
/// <param name="Lightning">Where both ways work.</param>
internal sealed record Story(Act Act, int Account, int Months, int Begin, int Size, bool Lightning)
{
    private const int LastBegin = 45 * 24 * 60;

    /// <summary>What can happen to an invoice of a bitcoin node: neither Lightning nor hands at a provider's pages, but a chain that takes back.</summary>
    public static IReadOnlyList<Act> OfNode { get; } =
    [
        Act.Exact, Act.ExactLater, Act.PartThenRest, Act.Parts, Act.PartOnly, Act.Over, Act.Twice, Act.Late, Act.PartThenLate, Act.LatePart,
        Act.AfterMonitoring, Act.Unpaid, Act.Bump, Act.ReplacedAway, Act.ReplacedAwayThenPaid, Act.DoubleSpent, Act.DoubleSpentThenPaid,
        Act.ReorganisedAway, Act.ReorganisedThenSentAgain, Act.BoughtTwiceAtOnce,
    ];

    /// <summary>What can happen to an invoice of a BTCPay store.</summary>
    public static IReadOnlyList<Act> OfStore { get; } = [.. Enum.GetValues<Act>().Where(a => a != Act.ReorganisedThenSentAgain)];

    public static IReadOnlyList<Story> Draw(IReadOnlyList<Act> acts, int count, int accounts, int seed)
    {
        var story =
            from act in Gen.Elements<Act>([.. acts])
            from account in Gen.Choose(0, accounts - 1)
            from months in Gen.Frequency((6, Gen.Constant(1)), (3, Gen.Choose(2, 3)), (1, Gen.Choose(4, 24)))
            from begin in Gen.Choose(0, LastBegin)
            from size in Gen.Choose(0, 99)
            from lightning in Gen.Elements(true, false)
            select new Story(act, account, months, begin, size, lightning);
        return [.. story.Sample(count, new FsCheck.Rnd((ulong)(uint)seed, 0x9e3779b97f4a7c15), count)];
    }
}
