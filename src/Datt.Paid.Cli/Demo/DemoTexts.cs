namespace Datt.Paid.Cli.Demo;

/// <summary>Short passages from books in the public domain, in several languages and formats, carried in this assembly.</summary>
internal static class DemoTexts
{
    private const string Prefix = "texts/";

    /// <summary>Writes them below a folder.</summary>
    /// <returns>How many.</returns>
    public static async Task<int> WriteAsync(string folder, CancellationToken ct)
    {
        var assembly = typeof(DemoTexts).Assembly;
        var names = assembly.GetManifestResourceNames().Where(n => n.StartsWith(Prefix, StringComparison.Ordinal)).ToList();
        foreach (var name in names)
        {
            var path = Path.Combine(folder, name[Prefix.Length..].Replace('\\', '/'));
            Directory.CreateDirectory(Path.GetDirectoryName(path)!);
            await using var source = assembly.GetManifestResourceStream(name)!;
            await using var target = File.Create(path);
            await source.CopyToAsync(target, ct).ConfigureAwait(false);
        }

        return names.Count;
    }
}
