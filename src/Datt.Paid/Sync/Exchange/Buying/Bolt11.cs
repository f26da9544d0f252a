using System.Globalization;

namespace Datt.Paid.Sync.Exchange.Buying;

/// <summary>The one thing of a Lightning invoice that must be known before it is paid: how much it asks for (BOLT 11, human-readable part).</summary>
public static class Bolt11
{
    private const decimal SatsPerBitcoin = 100_000_000m;

    /// <summary>Reads the amount, rounded up to whole satoshi. False where the text is no invoice, or names no amount: then the payer's wallet would choose.</summary>
    public static bool TryReadSats(string? invoice, out long sats)
    {
        sats = 0;
        var text = invoice.AsSpan().Trim();
        var separator = text.LastIndexOf('1');
        if (separator < 0 || text.Length > 4_000 || !text.StartsWith("ln", StringComparison.OrdinalIgnoreCase))
            return false;
        var amount = text[..separator];
        amount = amount[(amount.IndexOfAnyInRange('0', '9') is >= 0 and var digit ? digit : amount.Length)..];
        if (amount.IsEmpty)
            return false;
        decimal? unit = char.ToLowerInvariant(amount[^1]) switch
        {
            'm' => 0.001m,
            'u' => 0.000_001m,
            'n' => 0.000_000_001m,
            'p' => 0.000_000_000_001m,
            >= '0' and <= '9' => 1m,
            _ => null,
        };
        var digits = char.IsAsciiDigit(amount[^1]) ? amount : amount[..^1];
        if (unit is null || digits.Length > 12 || !long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number == 0)
            return false;
        var exact = number * unit.Value * SatsPerBitcoin;
        if (exact > 21_000_000 * SatsPerBitcoin)
            return false;
        sats = (long)decimal.Ceiling(exact);
        return true;
    }
}
