using System.Globalization;
using System.Security.Cryptography;
using Datt.Paid.BtcPayServer.Chain;

namespace Datt.Paid.BtcPayServer;

internal static class Ids
{
    /// <summary>Base58 of so many random bytes: 16 for invoices and webhooks, 20 for pull payments, 32 for stores.</summary>
    public static string New(int bytes = 16) => RegtestAddress.Base58(RandomNumberGenerator.GetBytes(bytes));
}

/// <summary>Numbers as BTCPay writes them.</summary>
internal static class Amounts
{
    /// <summary>Satoshi as bitcoin without trailing zeros.</summary>
    public static string Btc(long sats) => (sats / 100_000_000m).ToString("0.########", CultureInfo.InvariantCulture);

    public static string Text(decimal amount) => amount.ToString(CultureInfo.InvariantCulture);

    public static int Decimals(string currency) => currency switch
    {
        "BTC" => 8,
        "SATS" or "JPY" or "KRW" => 0,
        _ => 2,
    };

    /// <summary>Satoshi that an amount is worth, rounded up as BTCPay does.</summary>
    public static long SatsFor(decimal amount, decimal rate) => (long)decimal.Ceiling(amount / rate * 100_000_000m);

    /// <summary>Rounds to the currency's decimals, with further digits only while that is off by one percent or more.</summary>
    public static decimal Round(decimal amount, string currency)
    {
        for (var digits = Decimals(currency); digits < 28; digits++)
        {
            var rounded = Math.Round(amount, digits, MidpointRounding.AwayFromZero);
            if (amount == 0 || Math.Abs(rounded - amount) / amount < 0.01m)
                return rounded;
        }
        return amount;
    }
}
