namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>A data directory of its own for one test: removed when the test passed, kept (and named) for a look when it did not.</summary>
internal sealed class DataFolder : IDisposable
{
    private readonly string _root = Directory.CreateTempSubdirectory("datt-campaign-").FullName;
    private readonly CampaignRun _run;
    private bool _passed;

    public DataFolder(CampaignRun run)
    {
        _run = run;
        Directory.CreateDirectory(Data);
    }

    public string Data => System.IO.Path.Combine(_root, "data");

    public void Passed() => _passed = true;

    public void Dispose()
    {
        if (_passed)
            Directory.Delete(_root, recursive: true);
        else
            _run.Say($"the data directory is kept in {Data}");
    }
}
