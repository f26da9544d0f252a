namespace Datt.Paid.Search;

/// <summary>What the search needs to know. The host binds <c>Datt:Search:Engine</c> to it and sets <see cref="Directory"/>.</summary>
public sealed class SearchSettings
{
    /// <summary>Directory of the Lucene index. Everything in it is derived from the catalog and may be deleted while the server is stopped.</summary>
    public string Directory { get; set; } = "";

    /// <summary>How long a change may wait before a refresh begins, at least 10 ms.</summary>
    public TimeSpan RefreshAfter { get; set; } = TimeSpan.FromMilliseconds(120);

    /// <summary>The least time between two snapshots that cursors pin, at most 800 ms.</summary>
    public TimeSpan RefreshUnderLoad { get; set; } = TimeSpan.FromMilliseconds(600);

    /// <summary>How long changes may wait while they arrive in bulk, without a pause as long as <see cref="RefreshAfter"/>, at most 5 seconds.</summary>
    public TimeSpan RefreshInBulk { get; set; } = TimeSpan.FromSeconds(2.5);

    /// <summary>How often changes are made durable in the index and acknowledged to the catalog.</summary>
    public TimeSpan CommitInterval { get; set; } = TimeSpan.FromSeconds(45);

    /// <summary>Changes after which a commit does not wait for the interval.</summary>
    public int CommitAfterChanges { get; set; } = 200_000;

    /// <summary>How long the snapshot of a cursor is kept, counted from the newest cursor issued on it.</summary>
    public TimeSpan CursorLifetime { get; set; } = TimeSpan.FromMinutes(5);

    /// <summary>Longest time one search may take.</summary>
    public TimeSpan MaxBudget { get; set; } = TimeSpan.FromSeconds(2);

    /// <summary>Memory in MB that the writer fills before it writes a segment.</summary>
    public double WriterMemoryMb { get; set; } = 48;

    /// <summary>Threads that write into the index, 1 to 16.</summary>
    public int WriterThreads { get; set; } = 2;

    /// <summary>Most live searches at a time.</summary>
    public int MaxLiveSearches { get; set; } = 1_000;

    /// <summary>All errors at once, in words that name the setting; empty when it can be used.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        void Require(bool holds, string name, string rule, object value)
        {
            if (!holds)
                errors.Add($"Datt:Search:Engine:{name} must be {rule}, not {value}.");
        }

        if (string.IsNullOrWhiteSpace(Directory))
            errors.Add("Datt:DataDirectory must name a directory.");
        Require(RefreshAfter >= TimeSpan.FromMilliseconds(10) && RefreshAfter <= RefreshUnderLoad, nameof(RefreshAfter), $"00:00:00.010 to {nameof(RefreshUnderLoad)}", RefreshAfter);
        Require(RefreshUnderLoad <= TimeSpan.FromMilliseconds(800), nameof(RefreshUnderLoad), "at most 00:00:00.800", RefreshUnderLoad);
        Require(RefreshInBulk >= RefreshUnderLoad && RefreshInBulk <= TimeSpan.FromSeconds(5), nameof(RefreshInBulk), $"{nameof(RefreshUnderLoad)} to 00:00:05", RefreshInBulk);
        Require(CommitInterval >= TimeSpan.FromSeconds(1), nameof(CommitInterval), "at least 00:00:01", CommitInterval);
        Require(CommitAfterChanges >= 1, nameof(CommitAfterChanges), "at least 1", CommitAfterChanges);
        Require(CursorLifetime >= TimeSpan.FromMinutes(5), nameof(CursorLifetime), "at least 00:05:00", CursorLifetime);
        Require(MaxBudget > TimeSpan.Zero, nameof(MaxBudget), "above zero", MaxBudget);
        Require(WriterMemoryMb is >= 4 and <= 1_024, nameof(WriterMemoryMb), "4 to 1024", WriterMemoryMb);
        Require(WriterThreads is >= 1 and <= 16, nameof(WriterThreads), "1 to 16", WriterThreads);
        Require(MaxLiveSearches >= 0, nameof(MaxLiveSearches), "at least 0", MaxLiveSearches);
        return errors;
    }
}
