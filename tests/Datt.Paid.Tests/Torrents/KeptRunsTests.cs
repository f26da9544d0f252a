using System.Security.Cryptography;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Runs;
using Datt.Paid.Sync.Following;
using Datt.Paid.Sync.Store;
using Datt.Paid.Torrents;

namespace Datt.Paid.Tests.Torrents;

/// <summary>Copies on a real disk of runs on a real disk.</summary>
public sealed class KeptRunsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-kept-").FullName;
    private readonly string _one = NewOrigin();
    private readonly string _other = NewOrigin();
    private readonly HashSet<string> _dropped = [];
    private readonly TorrentSettings _settings;

    public KeptRunsTests() => _settings = new TorrentSettings { Directory = Path.Combine(_directory, "torrents"), KeepBytes = 16 * 50_000 };

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void A_copy_outlives_its_run_and_a_restart()
    {
        var kept = Open();
        var (run, bytes) = NewRun(40_000);
        kept.Keep(_one, run, Ct);
        File.Delete(run.Path);
        Assert.Equal(bytes, Read(kept, run.Info.Id));
        Assert.Equal(bytes, Read(Open(), run.Info.Id));
        Assert.Equal(40_000, Open().Bytes);
    }

    [Fact]
    public void The_oldest_make_room_and_being_named_again_makes_new()
    {
        var kept = Open();
        var runs = Enumerable.Range(0, 16).Select(_ => NewRun(50_000).Run).ToList();
        foreach (var run in runs)
            kept.Keep(_one, run, Ct);
        Assert.Equal(_settings.KeepBytes, kept.Bytes);
        kept.Keep(_one, runs[0], Ct);
        kept.Keep(_one, NewRun(50_000).Run, Ct);
        Assert.Equal(_settings.KeepBytes, kept.Bytes);
        Assert.True(kept.TryFind(runs[0].Info.Id, out _));
        Assert.False(kept.TryFind(runs[1].Info.Id, out _));
        Assert.Equal(16, Files().Length);
    }

    [Fact]
    public void A_long_run_is_not_copied_and_without_room_none_is()
    {
        var (run, _) = NewRun(50_001);
        Open().Keep(_one, run, Ct);
        Assert.Empty(Files());
        _settings.KeepBytes = 0;
        Open().Keep(_one, NewRun(1).Run, Ct);
        Assert.Empty(Files());
    }

    [Fact]
    public void Less_room_than_before_is_kept_to_at_the_next_start()
    {
        var kept = Open();
        foreach (var _ in Enumerable.Range(0, 4))
            kept.Keep(_one, NewRun(50_000).Run, Ct);
        _settings.KeepBytes = 120_000;
        Assert.Equal(100_000, Open().Bytes);
        Assert.Equal(2, Files().Length);
    }

    [Fact]
    public void Of_an_origin_that_the_operator_dropped_nothing_is_shown_and_then_nothing_kept()
    {
        var kept = Open();
        var (run, _) = NewRun(1_000);
        var (others, _) = NewRun(1_000);
        kept.Keep(_one, run, Ct);
        kept.Keep(_other, others, Ct);
        _dropped.Add(_one);
        Assert.False(kept.TryFind(run.Info.Id, out _));
        kept.MakeRoom();
        Assert.Equal(others.Info.Id.ToString(), Path.GetFileName(Assert.Single(Files())));
        Assert.True(kept.TryFind(others.Info.Id, out _));
    }

    [Fact]
    public void A_copy_that_was_damaged_gives_no_bytes()
    {
        var kept = Open();
        var (run, bytes) = NewRun(40_000);
        kept.Keep(_one, run, Ct);
        var file = Assert.Single(Files());
        bytes[20_000] ^= 1;
        File.WriteAllBytes(file, bytes);
        Assert.True(kept.TryFind(run.Info.Id, out var copy));
        Assert.False(copy.TryRead(0, new byte[100]));
        kept.Remove(run.Info.Id);
        Assert.False(kept.TryFind(run.Info.Id, out _));
        Assert.Empty(Files());
        kept.Keep(_one, run, Ct); // from the feed again
        Assert.Equal(run.Info.Bytes, kept.Bytes);
    }

    [Fact]
    public void A_run_that_is_damaged_or_goes_while_it_is_copied_leaves_nothing()
    {
        var kept = Open();
        var (run, bytes) = NewRun(40_000);
        File.WriteAllBytes(run.Path, [.. bytes.AsSpan(0, 39_999), 77]);
        kept.Keep(_one, run, Ct);
        File.Delete(run.Path);
        kept.Keep(_one, run, Ct);
        Assert.Empty(Files());
        Assert.Equal(0, kept.Bytes);
    }

    [Fact]
    public void What_a_crash_left_unfinished_is_cleared_away()
    {
        var folder = Directory.CreateDirectory(Path.Combine(_settings.Directory, _one)).FullName;
        File.WriteAllText(Path.Combine(folder, new string('a', 64) + ".part"), "half");
        File.WriteAllText(Path.Combine(folder, new string('b', 64)), "");
        File.WriteAllText(Path.Combine(folder, "of somebody else"), "x");
        Assert.Equal(0, Open().Bytes);
        Assert.Equal("of somebody else", Path.GetFileName(Assert.Single(Files())));
    }

    private KeptRuns Open() => KeptRuns.Open(_settings, new OriginRules(_dropped.Contains));

    private string[] Files() => Directory.Exists(_settings.Directory) ? Directory.GetFiles(_settings.Directory, "*", SearchOption.AllDirectories) : [];

    private (HeldRun Run, byte[] Bytes) NewRun(int length)
    {
        var bytes = RandomNumberGenerator.GetBytes(length);
        var tree = MerkleTree.Of(bytes);
        var path = Path.Combine(_directory, tree.Root.ToString());
        File.WriteAllBytes(path, bytes);
        return (HeldRun.Made(new RunInfo(new RunId(tree.Root), length, 1, 0, 1, 1), path, tree), bytes);
    }

    private static byte[] Read(KeptRuns kept, RunId id)
    {
        Assert.True(kept.TryFind(id, out var copy));
        var bytes = new byte[copy.Info.Bytes];
        Assert.True(copy.TryRead(0, bytes));
        return bytes;
    }

    private static string NewOrigin()
    {
        using var key = ServerKey.Create();
        return key.Id;
    }
}
