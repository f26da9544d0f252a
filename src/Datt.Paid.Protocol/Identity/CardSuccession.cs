namespace Datt.Paid.Protocol.Identity;

/// <summary>How a card offered now goes with what is known of its server.</summary>
public enum CardOutcome
{
    /// <summary>Nothing was known.</summary>
    First,

    /// <summary>The card that is known.</summary>
    Same,

    /// <summary>Of the same key and younger.</summary>
    Newer,

    /// <summary>Of a later key, which the known one handed over to.</summary>
    HandedOver,

    /// <summary>Of the same key and older; nothing changes.</summary>
    OlderIgnored,

    /// <summary>Of a key that was handed over: a restored backup, or somebody who has the old key. Refused.</summary>
    FormerKey,

    /// <summary>Of another server's id, so of a key that the known one did not hand over to. Refused.</summary>
    KeyChangedWithoutHandOver,

    /// <summary>One key handed over to two different ones: it is in two hands. Refused.</summary>
    ForkedHandOver,

    /// <summary>Signed more than <see cref="CardSuccession.MaxAhead"/> in the future. Refused.</summary>
    FutureDated,

    /// <summary>Signed more than <see cref="CardSuccession.MaxAge"/> ago. Refused.</summary>
    TooOld,
}

/// <summary>Judges cards that were read and verified (<see cref="SignedCard.TryRead"/>) against what is known and against time. Pure.</summary>
public static class CardSuccession
{
    /// <summary>How far a card may be ahead of the reader's clock.</summary>
    public static readonly TimeSpan MaxAhead = TimeSpan.FromMinutes(5);

    /// <summary>How old a card may be; servers that were not seen for so long are forgotten too.</summary>
    public static readonly TimeSpan MaxAge = TimeSpan.FromDays(7);

    /// <summary>Whether the offered card takes the known one's place.</summary>
    public static bool Accepts(CardOutcome outcome) => outcome is CardOutcome.First or CardOutcome.Same or CardOutcome.Newer or CardOutcome.HandedOver;

    /// <summary>Judges a card.</summary>
    /// <param name="known">The newest accepted card of the server, or of the address that the offered one came from; null where there is none.</param>
    /// <param name="offered">The card.</param>
    /// <param name="now">The reader's time.</param>
    public static CardOutcome Judge(SignedCard? known, SignedCard offered, DateTimeOffset now)
    {
        var newest = offered.HandOvers is [.., { Time: var handed }] && handed > offered.Card.Time ? handed : offered.Card.Time;
        if (newest - now > MaxAhead)
            return CardOutcome.FutureDated;
        if (now - offered.Card.Time > MaxAge)
            return CardOutcome.TooOld;
        return known is null ? CardOutcome.First : Compare(known, offered);
    }

    private static CardOutcome Compare(SignedCard known, SignedCard offered)
    {
        if (known.Card.Id != offered.Card.Id)
            return CardOutcome.KeyChangedWithoutHandOver;
        var (before, after) = (known.HandOvers, offered.HandOvers);
        for (var i = 0; i < Math.Min(before.Count, after.Count); i++)
        {
            // Verified chains begin with the same key, so the first difference is what one key said twice.
            if (before[i].To != after[i].To)
                return CardOutcome.ForkedHandOver;
        }

        if (after.Count != before.Count)
            return after.Count > before.Count ? CardOutcome.HandedOver : CardOutcome.FormerKey;
        if (known.Utf8.Span.SequenceEqual(offered.Utf8.Span))
            return CardOutcome.Same;
        // Two of one moment: the known one stays, so that everybody who has seen both ends with what he saw first and nothing flips.
        return offered.Card.Time > known.Card.Time ? CardOutcome.Newer : CardOutcome.OlderIgnored;
    }
}
