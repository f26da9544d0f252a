namespace Datt.Paid.Catalog;

/// <summary>What the catalog needs to know. The host binds <c>Datt:Catalog</c> to it and sets <see cref="Directory"/>.</summary>
public sealed class CatalogSettings
{
    /// <summary>The data directory; the catalog keeps the folders <c>feed</c> and <c>catalog</c> in it.</summary>
    public string Directory { get; set; } = "";

    /// <summary>Records of a node unseen for so long are deleted.</summary>
    public TimeSpan ForgetAfter { get; set; } = TimeSpan.FromDays(30);

    /// <summary>
    /// Changes that the reader of <see cref="ContentCatalog.Changes"/> may be behind before appends wait for it. At 20,000 indexed records a
    /// second the default keeps what is acknowledged searchable within a second.
    /// </summary>
    public int MaxPendingChanges { get; set; } = 15_000;

    /// <summary>An open part older than this is sealed into a run. The promise is 500 ms; the default leaves time to write.</summary>
    public TimeSpan SealAfter { get; set; } = TimeSpan.FromMilliseconds(350);

    /// <summary>How often the table is saved, if it changed, so that a restart is quick.</summary>
    public TimeSpan CheckpointEvery { get; set; } = TimeSpan.FromMinutes(1);

    /// <summary>The table is also saved after so many records.</summary>
    public int CheckpointAfterRecords { get; set; } = 500_000;

    /// <summary>All errors at once, in words that name the setting; empty when it can be used.</summary>
    public IReadOnlyList<string> Errors()
    {
        var errors = new List<string>();
        if (string.IsNullOrWhiteSpace(Directory))
            errors.Add("Datt:DataDirectory must name a directory.");
        if (ForgetAfter < TimeSpan.FromHours(1))
            errors.Add($"Datt:Catalog:ForgetAfter must be at least 01:00:00, not {ForgetAfter}.");
        if (MaxPendingChanges is < 1 or > 10_000_000)
            errors.Add($"Datt:Catalog:MaxPendingChanges must be 1 to 10000000, not {MaxPendingChanges}.");
        if (SealAfter <= TimeSpan.Zero || SealAfter > TimeSpan.FromMilliseconds(500))
            errors.Add($"Datt:Catalog:SealAfter must be above zero and at most 00:00:00.500, not {SealAfter}.");
        if (CheckpointEvery < TimeSpan.FromSeconds(1))
            errors.Add($"Datt:Catalog:CheckpointEvery must be at least 00:00:01, not {CheckpointEvery}.");
        if (CheckpointAfterRecords < 1)
            errors.Add($"Datt:Catalog:CheckpointAfterRecords must be at least 1, not {CheckpointAfterRecords}.");
        return errors;
    }
}
