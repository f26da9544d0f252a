using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using Datt.Paid.Cli.Sharing;

namespace Datt.Paid.Tests.Cli;

public sealed class ContentHostTests : IAsyncLifetime
{
    private readonly TemporaryFolder _folder = new();
    private readonly ShareLedger _ledger = ShareLedger.Open(null);
    private readonly HttpClient _http = new();
    private ContentHost _host = null!;
    private int _changes;
    private string _id = "";

    private static CancellationToken Ct => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _folder.Write("page.html", "<title>0123456789</title>");
        var folder = new SharedFolder(_folder.Path);
        var found = new FolderWalk(folder, new FolderLimits()).Files().Single();
        var (_, file, _) = await new FileReading(folder, null, TimeProvider.System).ReadAsync(found, 1000, Ct);
        _ledger.Put(file!);
        _id = file!.ContentId;
        _host = await ContentHost.StartAsync(folder, _ledger, new IPEndPoint(IPAddress.Loopback, 0), () => Interlocked.Increment(ref _changes), Ct);
        _http.BaseAddress = new Uri($"http://{_host.Address}/");
    }

    public async ValueTask DisposeAsync()
    {
        _http.Dispose();
        await _host.DisposeAsync();
        _folder.Dispose();
    }

    [Fact]
    public async Task Serves_a_content_by_its_hash_and_never_as_a_page_of_its_own()
    {
        using var answer = await _http.GetAsync($"content/{_id}", Ct);
        Assert.Equal("<title>0123456789</title>", await answer.Content.ReadAsStringAsync(Ct));
        Assert.Equal("text/html", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal($"\"{_id}\"", answer.Headers.ETag!.Tag);
        Assert.Equal("*", Assert.Single(answer.Headers.GetValues("Access-Control-Allow-Origin")));
        Assert.Contains("sandbox", Assert.Single(answer.Headers.GetValues("Content-Security-Policy")), StringComparison.Ordinal);
        using var escaped = await _http.GetAsync($"content/{Uri.EscapeDataString(_id)}", Ct);
        Assert.Equal(HttpStatusCode.OK, escaped.StatusCode);
    }

    [Fact]
    public async Task Serves_ranges_and_heads_and_knows_what_a_caller_has()
    {
        using var part = new HttpRequestMessage(HttpMethod.Get, $"content/{_id}") { Headers = { Range = new RangeHeaderValue(7, 9) } };
        using var answer = await _http.SendAsync(part, Ct);
        Assert.Equal((HttpStatusCode.PartialContent, "012"), (answer.StatusCode, await answer.Content.ReadAsStringAsync(Ct)));
        using var beyond = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"content/{_id}") { Headers = { Range = new RangeHeaderValue(1000, 2000) } }, Ct);
        Assert.Equal(HttpStatusCode.RequestedRangeNotSatisfiable, beyond.StatusCode);
        using var head = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Head, $"content/{_id}"), Ct);
        Assert.Equal((HttpStatusCode.OK, 25L), (head.StatusCode, head.Content.Headers.ContentLength));
        using var known = await _http.SendAsync(new HttpRequestMessage(HttpMethod.Get, $"content/{_id}") { Headers = { IfNoneMatch = { new EntityTagHeaderValue($"\"{_id}\"") } } }, Ct);
        Assert.Equal(HttpStatusCode.NotModified, known.StatusCode);
    }

    [Theory]
    [InlineData("GET /content/page.html")]
    [InlineData("GET /content/sha256:0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("GET /content/../page.html")]
    [InlineData("GET /content/..%2f..%2fetc%2fpasswd")]
    [InlineData("GET /content/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("GET /../../../../etc/passwd")]
    [InlineData("GET /content//etc/passwd")]
    [InlineData("GET /page.html")]
    [InlineData("GET /")]
    [InlineData("POST /content/x")]
    [InlineData("DELETE /content/x")]
    public async Task Nothing_else_is_there(string request)
    {
        // By hand, because a client would tidy up the path.
        using var socket = new TcpClient();
        await socket.ConnectAsync(_host.Address, Ct);
        await using var stream = socket.GetStream();
        await stream.WriteAsync(Encoding.ASCII.GetBytes($"{request} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"), Ct);
        using var reader = new StreamReader(stream);
        var answer = await reader.ReadToEndAsync(Ct);
        Assert.Matches("^HTTP/1.1 (404|405|400)", answer);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<title>9876543210</title>")]
    [InlineData("<title>longer than before</title>")]
    public async Task A_changed_file_is_not_served_under_its_old_hash(string text)
    {
        var path = _folder.Write("page.html", text);
        File.SetLastWriteTimeUtc(path, new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        using var answer = await _http.GetAsync($"content/{_id}", Ct);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal(1, _changes);
    }

    [Fact]
    public async Task A_file_that_was_only_touched_is_served()
    {
        File.SetLastWriteTimeUtc(Path.Combine(_folder.Path, "page.html"), new DateTime(2030, 1, 1, 0, 0, 0, DateTimeKind.Utc));
        Assert.Equal("<title>0123456789</title>", await _http.GetStringAsync($"content/{_id}", Ct));
    }

    [Fact]
    public async Task A_file_that_became_a_link_out_of_the_folder_is_not_served()
    {
        using var outside = new TemporaryFolder();
        var same = outside.Write("page.html", "<title>0123456789</title>");
        var path = Path.Combine(_folder.Path, "page.html");
        File.Delete(path);
        File.CreateSymbolicLink(path, same);
        using var answer = await _http.GetAsync($"content/{_id}", Ct);
        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
    }

    [Fact]
    public async Task An_address_in_use_is_said()
    {
        await Assert.ThrowsAnyAsync<IOException>(() => ContentHost.StartAsync(new SharedFolder(_folder.Path), _ledger, _host.Address, null, Ct));
    }

    [Theory]
    [InlineData("8080", "127.0.0.1:8080")]
    [InlineData(":8080", "0.0.0.0:8080")]
    [InlineData("localhost:1", "127.0.0.1:1")]
    [InlineData("[::1]:80", "[::1]:80")]
    [InlineData("10.0.0.1:80", "10.0.0.1:80")]
    [InlineData("10.0.0.1", null)]
    [InlineData("example.org:80", null)]
    [InlineData("99999", null)]
    [InlineData("", null)]
    public void Addresses(string text, string? expected) => Assert.Equal(expected, ListenAddress.Parse(text)?.ToString());

    [Fact]
    public void All_addresses_are_told_as_those_of_this_machine() =>
        Assert.All(ListenAddress.Endpoints(new IPEndPoint(IPAddress.Any, 81)), e => Assert.Matches(@"^http://[0-9.]+:81$", e));
}
