using Datt.Paid.Nodes;

namespace Datt.Paid.Tests.Nodes;

/// <summary>How much memory other servers can take by naming nodes.</summary>
public sealed class RemoteNodesTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 22, 12, 0, 0, TimeSpan.Zero);
    private static readonly NodeEndpoints Long = Endpoints(NodeEndpoints.MaxCount);
    private static readonly int Most = (int)(RemoteNodes.MaxBytesOfServer / Node(0).Cost);

    private readonly RemoteNodes _remote = new();

    [Fact]
    public void One_server_has_room_for_so_many_and_what_is_missing_is_unknown_not_absent()
    {
        var view = Fill("greedy", Most + 10);
        Assert.Equal((Most, true), (view.Nodes.Count, view.IsCut));
        Assert.InRange(_remote.Bytes, 1, RemoteNodes.MaxBytesOfServer);
        Assert.True(_remote.IsOnline("greedy", Node(0).NodeId, Now, out _));
        Assert.Null(_remote.IsOnline("greedy", Node(Most + 5).NodeId, Now, out _));
        // One that grows beyond the bound while it is here is not kept as it was: that would be wrong.
        var small = _remote.Begin("growing", Now);
        Assert.True(_remote.TryAdd(small, new RemoteNode("small", NodeEndpoints.None, null)));
        for (var i = 0; _remote.TryAdd(small, Node(i)); i++)
        {
        }
        _remote.Replace(small);
        Assert.False(_remote.TryAdd(small, new RemoteNode("small", Long, null)));
        Assert.Null(_remote.IsOnline("growing", "small", Now, out _));
    }

    [Fact]
    public void All_servers_together_have_a_bound_and_what_goes_makes_room()
    {
        var full = (int)(RemoteNodes.MaxBytes / RemoteNodes.MaxBytesOfServer);
        for (var i = 0; i < full; i++)
            Fill($"server {i}", Most);
        Assert.InRange(Fill("one more", Most).Nodes.Count, 0, full);
        Assert.InRange(_remote.Bytes, RemoteNodes.MaxBytes - (full * (long)Node(0).Cost), RemoteNodes.MaxBytes);

        _remote.Keep(Enumerable.Range(1, full - 1).Select(i => $"server {i}").ToHashSet());
        Assert.Equal(Most, Fill("one more", Most).Nodes.Count);
        _remote.Keep(new HashSet<string>());
        Assert.Equal(0, _remote.Bytes);
    }

    [Fact]
    public void Views_that_are_being_read_count_and_those_that_are_given_up_do_not()
    {
        var many = (int)(RemoteNodes.MaxBytes / RemoteNodes.MaxBytesOfServer) + 4;
        var reading = Enumerable.Range(0, many).Select(i => _remote.Begin($"server {i}", Now)).ToList();
        foreach (var view in reading)
        {
            for (var i = 0; i < Most && _remote.TryAdd(view, Node(i)); i++)
            {
            }
        }
        Assert.InRange(_remote.Bytes, 1, RemoteNodes.MaxBytes);
        Assert.InRange(reading.Sum(view => view.Bytes), 1, RemoteNodes.MaxBytes);
        foreach (var view in reading)
            _remote.Drop(view);
        Assert.Equal(0, _remote.Bytes);
    }

    [Fact]
    public void A_word_that_is_read_anew_finds_the_room_of_the_one_before()
    {
        var full = (int)(RemoteNodes.MaxBytes / RemoteNodes.MaxBytesOfServer);
        for (var i = 0; i < full; i++)
            Fill($"server {i}", Most);
        var before = _remote.Bytes;
        var again = Fill("server 0", Most);
        Assert.Equal((Most, false, before), (again.Nodes.Count, again.IsCut, _remote.Bytes));
        // Who is forgotten while it is asked what changed no longer counts, whatever still comes.
        _remote.Keep(new HashSet<string>());
        _remote.TryAdd(again, Node(Most + 1));
        _remote.Remove(again, Node(1).NodeId);
        Assert.Equal(0, _remote.Bytes);
    }

    private RemoteView Fill(string server, int nodes)
    {
        var view = _remote.Begin(server, Now);
        for (var i = 0; i < nodes; i++)
            _remote.TryAdd(view, Node(i));
        _remote.Replace(view);
        return view;
    }

    private static RemoteNode Node(int number) => new($"n{number:d6}", Long, null);

    private static NodeEndpoints Endpoints(int count)
    {
        Assert.True(NodeEndpoints.TryCreate(
            [.. Enumerable.Range(0, count).Select(i => $"https://n{i:d2}.example/{new string('x', 450)}")], out var endpoints, out var wrong), wrong);
        return endpoints;
    }
}
