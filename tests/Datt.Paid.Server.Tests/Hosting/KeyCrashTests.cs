using Datt.Paid.Protocol.Identity;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Tests.Catalog;

namespace Datt.Paid.Server.Tests.Hosting;

/// <summary>The process dies, or the power goes, at each file operation of making and of rotating the server's key.</summary>
public sealed class KeyCrashTests : IDisposable
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);

    private readonly string _folder = Directory.CreateTempSubdirectory("datt-key-").FullName;

    private string Key => Path.Combine(_folder, "server.key");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_rotation_that_dies_leaves_the_key_before_or_the_one_after(bool isPowerCut)
    {
        var (before, after, steps) = (0, 0, 0);
        for (var isOver = false; !isOver; steps++)
        {
            foreach (var file in Directory.GetFiles(_folder))
                File.Delete(file);
            using var former = ServerKeyFile.Open(Key);
            using var next = former.Rotate(Now)!;
            var files = new FragileFiles();
            using (files.Open(Key))
                files.OperationsLeft = steps;
            isOver = Try(() => ServerKeyFile.Replace(Key, next, files));
            if (isPowerCut)
                files.Restore(_folder, new Random(steps));

            using var found = ServerKeyFile.Read(Key);
            Assert.NotNull(found);
            Assert.Equal(former.Id, found.Id);
            Assert.Contains(found.PublicKey.Fingerprint, new[] { former.PublicKey.Fingerprint, next.PublicKey.Fingerprint });
            Assert.True(!isOver || found.HandOvers.Count == 1, "What was done stays done.");
            before += found.HandOvers.Count == 0 ? 1 : 0;
            after += found.HandOvers.Count;
            // The operator says it once more: what lies beside does not hinder.
            using var again = found.Rotate(Now.AddMinutes(1))!;
            ServerKeyFile.Replace(Key, again);
            using var last = ServerKeyFile.Read(Key);
            Assert.Equal(again.PublicKey.Fingerprint, last!.PublicKey.Fingerprint);
            Assert.Single(Directory.GetFiles(_folder));
        }
        Assert.True(before >= 4 && after >= 1, $"{steps} steps: {before} with the key before, {after} with the one after");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_first_start_that_dies_leaves_a_whole_key_or_none(bool isPowerCut)
    {
        for (var (steps, isOver) = (0, false); !isOver; steps++)
        {
            File.Delete(Key);
            var files = new FragileFiles { OperationsLeft = steps };
            ServerKey? made = null;
            isOver = Try(() => made = ServerKeyFile.Open(Key, files));
            if (isPowerCut)
                files.Restore(_folder, new Random(steps));
            using var found = ServerKeyFile.Read(Key);
            Assert.True(!isOver || found?.Id == made!.Id, "A key that was shown stays.");
            using var next = ServerKeyFile.Open(Key);
            Assert.True(found is null || found.Id == next.Id);
            made?.Dispose();
        }
    }

    private static bool Try(Action act)
    {
        try
        {
            act();
            return true;
        }
        catch (IOException)
        {
            return false;
        }
    }
}
