using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using FsCheck;
using FsCheck.Fluent;

namespace Datt.Paid.Tests.Protocol;

/// <summary>The newest heads of all origins and the digest of them.</summary>
public class HeadVectorTests
{
    private readonly record struct News(int Origin, long Epoch, long Version, bool IsConflict);

    private static readonly Gen<News> _news =
        from origin in Gen.Choose(0, 5)
        from epoch in Gen.Choose(1, 3)
        from version in Gen.Choose(1, 9)
        from kind in Gen.Choose(0, 9)
        select new News(origin, epoch, version, kind == 0);

    [Fact]
    public void The_digest_is_the_committed_one()
    {
        var heads = new HeadVector();
        Assert.True(heads.TryAdvance(Head(2, 1, 3)));
        Assert.True(heads.TryAdvance(Head(1, 1, 1)));
        Assert.True(heads.TryAdvance(Head(3, 70_000, 5_000_000_000)));
        Assert.True(heads.Accuse(Origin(4), 2));
        VectorFiles.Check("heads.json", new JsonObject
        {
            ["heads"] = new JsonArray([.. heads.All.Select(e => (JsonNode)new JsonObject
            {
                ["origin"] = e.Head.Origin,
                ["epoch"] = e.Head.Epoch,
                ["version"] = e.IsConflicted ? null : e.Head.Version,
                ["manifest"] = e.IsConflicted ? null : e.Head.Manifest.ToString(),
            })]),
            ["digest"] = heads.Digest.ToString(),
            ["digest of no heads"] = new HeadVector().Digest.ToString(),
        });
        Assert.Equal(Plain(heads.All), heads.Digest);
    }

    [Fact]
    public void All_who_heard_the_same_agree_in_whatever_order_and_how_often_they_heard_it() => Prop.ForAll(_news.ArrayOf(60).ToArbitrary(), story =>
    {
        var (one, other) = (new HeadVector(), new HeadVector());
        foreach (var news in story)
        {
            Tell(one, news);
            Assert.Equal(Plain(one.All), one.Digest);
        }
        foreach (var news in story.Concat(story).OrderBy(n => (n.Version * 7 + n.Origin * 3 + n.Epoch) % 5).Concat(story))
            Tell(other, news);
        Assert.Equal(one.All, other.All);
        Assert.Equal(one.Digest, other.Digest);
        Assert.Equal(Newest(story), one.All);
    }).Check(Config.QuickThrowOnFailure.WithMaxTest(200));

    [Fact]
    public void An_older_head_or_another_hash_for_the_same_version_changes_nothing()
    {
        var heads = new HeadVector();
        heads.TryAdvance(Head(1, 2, 5));
        var digest = heads.Digest;
        Assert.False(heads.TryAdvance(Head(1, 2, 4)));
        Assert.False(heads.TryAdvance(Head(1, 1, 9)));
        Assert.False(heads.TryAdvance(Head(1, 2, 5) with { Manifest = Hash256.Of("another"u8) }));
        Assert.False(heads.Accuse(Origin(1), 1));
        Assert.Equal(digest, heads.Digest);
        Assert.True(heads.TryAdvance(Head(1, 3, 1)));
        Assert.NotEqual(digest, heads.Digest);
    }

    [Fact]
    public void Proof_of_cheating_stands_until_a_new_epoch()
    {
        var (early, late) = (new HeadVector(), new HeadVector());
        early.TryAdvance(Head(1, 2, 5));
        Assert.True(early.Accuse(Origin(1), 2));
        Assert.False(early.Accuse(Origin(1), 2));
        Assert.False(early.TryAdvance(Head(1, 2, 6)));
        late.TryAdvance(Head(1, 2, 9));
        late.Accuse(Origin(1), 2);
        Assert.Equal(early.Digest, late.Digest);
        Assert.True(early.TryGet(Origin(1), out var entry) && entry.IsConflicted);
        Assert.True(early.TryAdvance(Head(1, 3, 1)));
        Assert.True(early.TryGet(Origin(1), out entry) && !entry.IsConflicted);
    }

    [Fact]
    public void A_removed_origin_leaves_nothing_behind_and_every_change_is_told_once()
    {
        var heads = new HeadVector();
        var told = new List<string>();
        heads.Changed += told.Add;
        heads.TryAdvance(Head(1, 1, 1));
        var digest = heads.Digest;
        heads.TryAdvance(Head(2, 1, 1));
        heads.TryAdvance(Head(2, 1, 1));
        heads.Remove(Origin(2));
        heads.Remove(Origin(2));
        Assert.Equal(digest, heads.Digest);
        Assert.Equal([Origin(1), Origin(2), Origin(2)], told);
    }

    [Fact]
    public void Whoever_invents_servers_displaces_none_that_is_known()
    {
        var heads = new HeadVector();
        for (var i = 0; i < HeadVector.MaxOrigins; i++)
            Assert.True(heads.TryAdvance(Head(i, 1, 1)));
        Assert.False(heads.TryAdvance(Head(HeadVector.MaxOrigins, 1, 1)));
        Assert.False(heads.Accuse(Origin(HeadVector.MaxOrigins), 1));
        Assert.Equal(HeadVector.MaxOrigins, heads.Count);
        Assert.True(heads.TryAdvance(Head(5, 1, 2)));
        Assert.True(heads.Accuse(Origin(6), 1));
        heads.Remove(Origin(7));
        Assert.True(heads.TryAdvance(Head(HeadVector.MaxOrigins, 1, 1)));
    }

    [Fact]
    public async Task Many_writers_and_readers_at_once_end_with_the_newest()
    {
        var heads = new HeadVector();
        var writers = Enumerable.Range(0, 4).Select(writer => Task.Run(() =>
        {
            for (var version = 1; version <= 2_000; version++)
            {
                heads.TryAdvance(Head((version + writer) % 7, 1, version));
                if (version % 50 == writer)
                    Assert.NotEqual(default, heads.Digest);
            }
        }));
        await Task.WhenAll(writers);
        Assert.Equal(7, heads.Count);
        Assert.All(heads.All, e => Assert.InRange(e.Head.Version, 1_994, 2_000));
        Assert.Equal(Plain(heads.All), heads.Digest);
    }

    private static void Tell(HeadVector heads, News news)
    {
        if (news.IsConflict)
            heads.Accuse(Origin(news.Origin), news.Epoch);
        else
            heads.TryAdvance(Head(news.Origin, news.Epoch, news.Version));
    }

    /// <summary>What must stand, said in the plainest way: the last epoch counts, in it a proof, else the last version.</summary>
    private static IEnumerable<HeadEntry> Newest(IEnumerable<News> story) => story.GroupBy(n => n.Origin)
        .Select(g => g.OrderByDescending(n => n.Epoch).ThenByDescending(n => n.IsConflict).ThenByDescending(n => n.Version).First())
        .Select(n => n.IsConflict ? new HeadEntry(new Head(Origin(n.Origin), n.Epoch, long.MaxValue, default), true) : new HeadEntry(Head(n.Origin, n.Epoch, n.Version), false))
        .OrderBy(e => e.Head.Origin, StringComparer.Ordinal);

    /// <summary>The digest as its format says, all bytes at once.</summary>
    private static Hash256 Plain(IEnumerable<HeadEntry> entries)
    {
        var bytes = new List<byte>();
        foreach (var (head, isConflicted) in entries.OrderBy(e => e.Head.Origin, StringComparer.Ordinal))
        {
            var numbers = new byte[16];
            BinaryPrimitives.WriteInt64BigEndian(numbers, head.Epoch);
            BinaryPrimitives.WriteUInt64BigEndian(numbers.AsSpan(8), isConflicted ? ulong.MaxValue : (ulong)head.Version);
            bytes.AddRange(Encoding.ASCII.GetBytes(head.Origin));
            bytes.AddRange(numbers);
            bytes.AddRange(isConflicted ? new byte[Hash256.Size] : head.Manifest.ToArray());
        }
        return Hash256.Of([.. bytes]);
    }

    private static string Origin(int number) =>
        string.Concat(SHA256.HashData(Encoding.ASCII.GetBytes("origin " + number)).SelectMany(b => b.ToString("x2", CultureInfo.InvariantCulture)).Take(52));

    private static Head Head(int origin, long epoch, long version) =>
        new(Origin(origin), epoch, version, Hash256.Of(Encoding.ASCII.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{origin} {epoch} {version}"))));
}
