namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>A data directory of its own for one test: removed when the test passed, kept (and named) for a look when it did not.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly string root = Directory.CreateTempSubdirectory("datt-campaign-").FullName;
    private readonly CampaignRun run;
    private bool passed;

    public DataFolder(CampaignRun run)
    {
        this.run = run;
        Directory.CreateDirectory(Data);
    }

    public string Data => System.IO.Path.Combine(root, "data");

    public void Passed() => passed = true;

    public void Dispose()
    {
        if (passed)
            Directory.Delete(root, recursive: true);
        else
            run.Say($"the data directory is kept in {Data}");
    }
}
