namespace Datt.Paid.Pricing;

/// <summary>What this server's index covers of the network, in live records.</summary>
public readonly record struct Coverage(long Records, long Origins, long NetworkRecords)
{
    /// <summary>Share of the network's records, 0 to 1; an empty network is covered fully.</summary>
    public decimal Ratio => NetworkRecords <= 0 ? 1m : Math.Clamp((decimal)Records / NetworkRecords, 0m, 1m);
}
