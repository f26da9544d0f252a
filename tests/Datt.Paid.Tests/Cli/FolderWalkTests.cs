using System.Text;
using Datt.Paid.Cli.Sharing;

namespace Datt.Paid.Tests.Cli;

public sealed class FolderWalkTests : IDisposable
{
    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private (List<string> Files, FolderWalk Walk) Walk(FolderLimits? limits = null)
    {
        var walk = new FolderWalk(new SharedFolder(_folder.Path), limits ?? new FolderLimits());
        return (walk.Files().Select(f => f.RelativePath).ToList(), walk);
    }

    [Fact]
    public void Finds_texts_in_a_fixed_order_and_counts_the_rest()
    {
        _folder.Write("b.md", "b");
        _folder.Write("a.TXT", "a");
        _folder.Write("sub/c.html", "c");
        _folder.Write("picture.png", "no");
        _folder.Write("empty.md", "");
        _folder.Write("long.txt", new string('x', 101));
        _folder.Write(".hidden.md", "no");
        _folder.Write(".git/config.md", "no");
        var (files, walk) = Walk(new FolderLimits { MaxFileBytes = 100 });
        Assert.Equal(["a.TXT", "b.md", Path.Combine("sub", "c.html")], files);
        Assert.Equal((1, 1, 1), (walk.Skipped.OtherTypes, walk.Skipped.Empty, walk.Skipped.TooLarge));
        Assert.Equal("1 of other types, 1 too large, 1 empty", walk.Skipped.Summary());
        Assert.True(walk.IsComplete);
    }

    [Theory]
    [InlineData("-rf.md")]
    [InlineData("two\nlines.md")]
    [InlineData("[red]markup[/].md")]
    [InlineData("esc\u001b[31m.md")]
    [InlineData("ünïcödé 文字 😀.md")]
    [InlineData("%2e%2e.md")]
    [InlineData("a'b\"c$(x)`y`.md")]
    [InlineData(" spaces .md")]
    public void Nasty_names_are_names(string name)
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Windows forbids such names.");
        _folder.Write(name, "text");
        Assert.Equal([name], Walk().Files);
    }

    [Fact]
    public void Links_lead_nowhere_else()
    {
        using var outside = new TemporaryFolder();
        var secret = outside.Write("secret.md", "secret");
        _folder.Write("real/inside.md", "inside");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "out.md"), secret);
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "in.md"), Path.Combine("real", "inside.md"));
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "dangling.md"), "nowhere.md");
        File.CreateSymbolicLink(Path.Combine(_folder.Path, "self.md"), "self.md");
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "outfolder"), outside.Path);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "loop"), ".");
        var (files, walk) = Walk();
        Assert.Equal(["in.md", Path.Combine("real", "inside.md")], files);
        Assert.Equal(5, walk.Skipped.Links);
    }

    [Fact]
    public void A_path_that_became_a_link_is_not_opened()
    {
        using var outside = new TemporaryFolder();
        outside.Write("x.md", "secret");
        _folder.Write("sub/x.md", "text");
        var folder = new SharedFolder(_folder.Path);
        using (var file = folder.TryOpen("sub/x.md"))
        {
            Assert.NotNull(file);
        }

        Directory.Delete(Path.Combine(_folder.Path, "sub"), recursive: true);
        Directory.CreateSymbolicLink(Path.Combine(_folder.Path, "sub"), outside.Path);
        Assert.Null(folder.TryOpen("sub/x.md"));
        Assert.Null(folder.TryOpen("../x.md"));
        Assert.Null(folder.TryOpen(Path.Combine(outside.Path, "x.md")));
    }

    [Fact]
    public void A_folder_given_by_a_link_is_shared()
    {
        _folder.Write("real/x.md", "text");
        var link = Path.Combine(_folder.Path, "link");
        Directory.CreateSymbolicLink(link, "real");
        Assert.Single(new FolderWalk(new SharedFolder(link), new FolderLimits()).Files());
    }

    [Fact]
    public void Depth_and_number_are_bounded()
    {
        _folder.Write("1/2/3/deep.md", "text");
        _folder.Write("1/2/shallow.md", "text");
        var (files, walk) = Walk(new FolderLimits { MaxDepth = 2 });
        Assert.Equal([Path.Combine("1", "2", "shallow.md")], files);
        Assert.Equal(1, walk.Skipped.TooDeep);

        (files, walk) = Walk(new FolderLimits { MaxFiles = 1 });
        Assert.Single(files);
        Assert.True(walk.Skipped.TooMany);
        Assert.False(walk.IsComplete);
    }

    [Fact]
    public async Task What_vanishes_during_the_walk_is_counted_and_stops_nothing()
    {
        _folder.Write("a.md", "a");
        _folder.Write("b.md", "b");
        _folder.Write("sub/c.md", "c");
        var folder = new SharedFolder(_folder.Path);
        var walk = new FolderWalk(folder, new FolderLimits());
        using var files = walk.Files().GetEnumerator();
        Assert.True(files.MoveNext());
        File.Delete(Path.Combine(_folder.Path, "b.md"));
        Directory.Delete(Path.Combine(_folder.Path, "sub"), recursive: true);
        var reading = new FileReading(folder, null, TimeProvider.System);
        var outcomes = new List<ReadOutcome>();
        do
        {
            outcomes.Add((await reading.ReadAsync(files.Current, 1000, TestContext.Current.CancellationToken)).Outcome);
        }
        while (files.MoveNext());
        Assert.Equal(ReadOutcome.Read, outcomes[0]);
        Assert.All(outcomes.Skip(1), outcome => Assert.Equal(ReadOutcome.Unreadable, outcome));
        Assert.Equal(0, walk.Skipped.UnreadableFolders);
    }

    [Fact]
    public async Task A_file_that_never_stands_still_is_left_out()
    {
        var path = _folder.Write("log.md", "line\n");
        var folder = new SharedFolder(_folder.Path);
        var found = new FoundFile("log.md", 5, File.GetLastWriteTimeUtc(path));
        var (outcome, file, _) = await new FileReading(folder, null, TimeProvider.System).ReadAsync(found, 4, TestContext.Current.CancellationToken);
        Assert.Equal((ReadOutcome.Unreadable, null), (outcome, file));
    }

    [Fact]
    public async Task A_text_by_name_that_is_none_is_left_out()
    {
        _folder.Write("image.md", [0x89, 0x50, 0, 0]);
        var reading = new FileReading(new SharedFolder(_folder.Path), null, TimeProvider.System);
        var (outcome, _, _) = await reading.ReadAsync(new FoundFile("image.md", 4, default), 100, TestContext.Current.CancellationToken);
        Assert.Equal(ReadOutcome.Binary, outcome);
    }

    [Fact]
    public async Task Long_files_are_hashed_whole_and_read_at_the_beginning()
    {
        var bytes = Encoding.UTF8.GetBytes("# Long\n\n" + string.Concat(Enumerable.Repeat("word ", 500_000)));
        _folder.Write("long.md", bytes);
        var reading = new FileReading(new SharedFolder(_folder.Path), null, TimeProvider.System);
        var (_, file, record) = await reading.ReadAsync(new FoundFile("long.md", bytes.Length, default), bytes.Length, TestContext.Current.CancellationToken);
        Assert.Equal("sha256:" + Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(bytes)), file!.ContentId);
        Assert.Equal(("Long", bytes.Length), (record!.Title, record.Size));
    }

    [Theory]
    [InlineData("nothing-here")]
    [InlineData("a-file")]
    public void Only_a_folder_is_a_folder(string name)
    {
        _folder.Write("a-file", "x");
        var failure = Assert.Throws<DirectoryNotFoundException>(() => new SharedFolder(Path.Combine(_folder.Path, name)));
        Assert.Contains(name, failure.Message, StringComparison.Ordinal);
    }
}
