namespace Datt.Paid.Notices;

/// <summary>When a delivery that failed is tried again: ten attempts within three days.</summary>
public static class RetrySchedule
{
    private static readonly TimeSpan[] Pauses =
    [
        TimeSpan.FromMinutes(1), TimeSpan.FromMinutes(5), TimeSpan.FromMinutes(15), TimeSpan.FromHours(1), TimeSpan.FromHours(3),
        TimeSpan.FromHours(6), TimeSpan.FromHours(12), TimeSpan.FromHours(24), TimeSpan.FromHours(24),
    ];

    /// <summary>Attempts in all.</summary>
    public static int Attempts => Pauses.Length + 1;

    /// <summary>
    /// From the beginning of an attempt to the next one. After the last attempt, how long it may take until it counts as failed. Always longer
    /// than an attempt takes.
    /// </summary>
    /// <param name="attempts">Attempts begun, from 1.</param>
    public static TimeSpan After(int attempts) => Pauses[Math.Clamp(attempts - 1, 0, Pauses.Length - 1)];
}
