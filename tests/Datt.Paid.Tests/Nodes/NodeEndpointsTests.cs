using System.Text.Json;
using Datt.Paid.Nodes;

namespace Datt.Paid.Tests.Nodes;

public class NodeEndpointsTests
{
    [Theory]
    [InlineData("https://example.org/")]
    [InlineData("http://[2001:db8::1]:8080/path?q=1")]
    [InlineData("wss://example.org/socket")]
    [InlineData("peerjs://example.org/id")]
    public void An_address_of_a_host_is_taken_and_shown_unchanged(string url)
    {
        Assert.True(NodeEndpoints.TryCreate([url], out var endpoints, out _));
        Assert.Equal([url], JsonSerializer.Deserialize<string[]>(endpoints.Json)!);
    }

    [Theory]
    [InlineData("")]
    [InlineData(null)]
    [InlineData("example.org")]
    [InlineData("/path")]
    [InlineData("mailto:a@example.org")]
    [InlineData("javascript://example.org/%0aalert(1)")]
    [InlineData("DATA://x/")]
    [InlineData("file:///etc/passwd")]
    [InlineData("https://exa mple.org/")]
    [InlineData("https://ex\u00e4mple.org/")]
    [InlineData("https://example.org/\u0000")]
    [InlineData("https://")]
    public void What_names_no_host_is_refused_with_its_place(string? url)
    {
        Assert.False(NodeEndpoints.TryCreate(["https://fine.example/", url], out _, out var problem));
        Assert.StartsWith("endpoints[1]", problem);
    }

    [Fact]
    public void Their_number_and_length_are_bounded()
    {
        string?[] most = [.. Enumerable.Repeat("https://example.org/", NodeEndpoints.MaxCount)];
        Assert.True(NodeEndpoints.TryCreate(most, out _, out _));
        Assert.False(NodeEndpoints.TryCreate([.. most, most[0]], out _, out _));
        Assert.False(NodeEndpoints.TryCreate(["https://example.org/" + new string('x', NodeEndpoints.MaxLength)], out _, out _));
    }
}
