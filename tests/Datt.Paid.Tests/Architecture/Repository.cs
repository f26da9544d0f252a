namespace Datt.Paid.Tests.Architecture;

/// <summary>Where the sources lie, seen from a test's binary.</summary>
internal static class Repository
{
    public static string Root { get; } = Find();

    private static string Find()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Datt.Paid.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("Datt.Paid.sln was not found above the test's folder; run the tests from a checkout.");
    }
}
