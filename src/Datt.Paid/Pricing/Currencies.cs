namespace Datt.Paid.Pricing;

/// <summary>
/// How many decimals the minor unit of a currency has: ISO 4217, plus <c>BTC</c> (8) and <c>SATS</c> (0).
/// Funds and metals codes without a minor unit are left out.
/// </summary>
public static class Currencies
{
    private const string None = "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF SATS UGX UYI VND VUV XAF XOF XPF";
    private const string Three = "BHD IQD JOD KWD LYD OMR TND";

    private const string Two =
        "AED AFN ALL AMD ANG AOA ARS AUD AWG AZN BAM BBD BDT BGN BMD BND BOB BRL BSD BTN BWP BYN BZD CAD CDF CHF CNY COP CRC CUP CVE CZK " +
        "DKK DOP DZD EGP ERN ETB EUR FJD FKP GBP GEL GHS GIP GMD GTQ GYD HKD HNL HTG HUF IDR ILS INR IRR JMD KES KGS KHR KPW KYD KZT LAK " +
        "LBP LKR LRD LSL MAD MDL MGA MKD MMK MNT MOP MRU MUR MVR MWK MXN MYR MZN NAD NGN NIO NOK NPR NZD PAB PEN PGK PHP PKR PLN QAR RON " +
        "RSD RUB SAR SBD SCR SDG SEK SGD SHP SLE SOS SRD SSP STN SVC SYP SZL THB TJS TMT TOP TRY TTD TWD TZS UAH USD UYU UZS VED VES WST " +
        "XCD XCG YER ZAR ZMW ZWG";

    private static readonly Dictionary<string, int> Table = Build();

    public static bool IsKnown(string? currency) => currency is not null && Table.ContainsKey(currency);

    /// <exception cref="ArgumentException">The currency is unknown; options validation refuses it before it gets here.</exception>
    public static int Decimals(string currency) => Table.TryGetValue(currency, out var decimals)
        ? decimals
        : throw new ArgumentException($"'{currency}' is not a known currency code.", nameof(currency));

    /// <summary>Rounds half up (away from zero) to the minor unit.</summary>
    public static decimal RoundToMinorUnit(decimal amount, string currency) =>
        Math.Round(amount, Decimals(currency), MidpointRounding.AwayFromZero);

    /// <summary>Rounds down to the minor unit.</summary>
    public static decimal FloorToMinorUnit(decimal amount, string currency) => Math.Round(amount, Decimals(currency), MidpointRounding.ToNegativeInfinity);

    private static Dictionary<string, int> Build()
    {
        var table = new Dictionary<string, int> { ["BTC"] = 8, ["CLF"] = 4, ["UYW"] = 4 };
        foreach (var (codes, decimals) in new[] { (None, 0), (Two, 2), (Three, 3) })
        {
            foreach (var code in codes.Split(' '))
                table.Add(code, decimals);
        }
        return table;
    }
}
