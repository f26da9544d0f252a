using System.Text.RegularExpressions;

namespace Datt.Paid.Tests.Architecture;

/// <summary>The documents name what exists: links resolve and every folder of the sources is explained.</summary>
public partial class DocumentTests
{
    private static readonly string[] Documents = ["README.md", "src/ARCHITECTURE.md"];

    [Fact]
    public void Every_relative_link_resolves()
    {
        var broken = from document in Documents
                     let text = File.ReadAllText(Path.Combine(Repository.Root, document))
                     from Match link in Links().Matches(text)
                     let target = link.Groups[1].Value
                     where !target.Contains("://", StringComparison.Ordinal)
                     where !Resolves(document, text, target)
                     select $"{document}: {target}";
        Assert.Equal([], broken);
    }

    [Fact]
    public void Every_source_folder_has_its_heading()
    {
        var text = File.ReadAllText(Path.Combine(Repository.Root, "src/ARCHITECTURE.md"));
        var headings = Headings().Matches(text).Select(m => m.Groups[1].Value.Trim('`', ' ')).ToHashSet();
        var folders = from project in Directory.GetDirectories(Path.Combine(Repository.Root, "src"))
                      from folder in Directory.GetDirectories(project).Append(project)
                      let name = Path.GetRelativePath(Path.Combine(Repository.Root, "src"), folder)
                      where !name.Split('/').Any(part => part is "bin" or "obj" or "Properties")
                      where Directory.EnumerateFiles(folder, "*.cs").Any()
                      select name;
        Assert.Equal([], folders.Where(f => !headings.Contains(f)).Order());
    }

    private static bool Resolves(string document, string text, string target)
    {
        var parts = target.Split('#', 2);
        if (parts[0].Length > 0)
            return Path.Exists(Path.Combine(Repository.Root, Path.GetDirectoryName(document)!, parts[0]));
        return Headings().Matches(text).Any(h => Anchor(h.Groups[1].Value) == parts[1]);
    }

    /// <summary>The anchor that common Markdown renderers give a heading.</summary>
    private static string Anchor(string heading) =>
        NotInAnchors().Replace(heading.Trim().ToLowerInvariant(), "").Replace(' ', '-');

    [GeneratedRegex(@"\]\(([^)\s]+)\)")]
    private static partial Regex Links();

    [GeneratedRegex(@"^#{1,6} (.+)$", RegexOptions.Multiline)]
    private static partial Regex Headings();

    [GeneratedRegex(@"[^a-z0-9 _-]")]
    private static partial Regex NotInAnchors();
}
