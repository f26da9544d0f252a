using System.Text.Json;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Cli.Settings;
using Datt.Paid.Cli.Terminal;
using Microsoft.AspNetCore.Http;

namespace Datt.Paid.Tests.Cli;

public sealed class CommandLineTests : IDisposable
{
    private readonly TemporaryFolder _home = new();
    private readonly Dictionary<string, string> _environment = [];

    public CommandLineTests() => _environment["XDG_CONFIG_HOME"] = _home.Path;

    public void Dispose() => _home.Dispose();

    private string ConfigPath => Path.Combine(_home.Path, "datt", "config.json");

    private async Task<(int Exit, string Out, string Error)> RunAsync(params string[] arguments)
    {
        using var standard = new StringWriter();
        using var error = new StringWriter();
        var exit = await CommandTree.RunAsync(arguments, new Surroundings
        {
            Out = standard,
            Error = error,
            RawOut = () => new MemoryStream(),
            Environment = _environment.GetValueOrDefault,
        }, TestContext.Current.CancellationToken);
        return (exit, standard.ToString(), error.ToString());
    }

    private static Task<StubServer> Answering(int status, string json = "{}") => StubServer.StartAsync(async (context, _) =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = status < 400 ? "application/json" : "application/problem+json";
        await context.Response.WriteAsync(json);
    });

    [Theory]
    [InlineData("")]
    [InlineData("nonsense")]
    [InlineData("search")]
    [InlineData("search x --limit 0")]
    [InlineData("search x --limit ten")]
    [InlineData("search x --since yesterday")]
    [InlineData("search x --sort size")]
    [InlineData("subscribe --months 25")]
    [InlineData("share")]
    [InlineData("share . --max-files 0")]
    [InlineData("share . --node a/b")]
    [InlineData("share . --listen nowhere")]
    [InlineData("share . --public-url ftp://x")]
    [InlineData("account keys create x --scope everything")]
    [InlineData("account keys create x")]
    [InlineData("get sha256:12")]
    [InlineData("status --server ftp://x")]
    [InlineData("status --unknown")]
    public async Task Wrong_usage_ends_with_2_and_says_what_to_do(string line)
    {
        _environment["DATT_API_KEY"] = "key";
        var (exit, standard, error) = await RunAsync(line.Split(' ', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((int)ExitCode.Usage, exit);
        Assert.Equal(2, error.TrimEnd().Split('\n').Length);
        Assert.Empty(standard);
    }

    [Fact]
    public async Task Help_ends_with_0_and_tells_the_exit_codes()
    {
        var (exit, standard, _) = await RunAsync("--help");
        Assert.Equal(0, exit);
        foreach (var code in Enum.GetValues<ExitCode>())
        {
            Assert.Matches($@"\b{(int)code}\b", standard);
        }

        Assert.Equal(0, (await RunAsync("account", "keys", "create", "--help")).Exit);
        Assert.Equal(0, (await RunAsync("--version")).Exit);
    }

    [Theory]
    [InlineData(401, "unauthorized", ExitCode.Unauthorized)]
    [InlineData(403, "forbidden", ExitCode.Unauthorized)]
    [InlineData(402, "payment_required", ExitCode.PaymentRequired)]
    [InlineData(404, "not_found", ExitCode.NotFound)]
    [InlineData(429, "quota_exceeded", ExitCode.Limited)]
    [InlineData(400, "invalid_query", ExitCode.Usage)]
    [InlineData(500, "internal", ExitCode.Failure)]
    public async Task What_the_server_refuses_has_an_exit_code(int status, string code, ExitCode expected)
    {
        await using var server = await Answering(status, $$"""{"code":"{{code}}","detail":"The reason."}""");
        var (exit, standard, error) = await RunAsync("search", "x", "--server", server.Address.AbsoluteUri);
        Assert.Equal((int)expected, exit);
        Assert.Contains("The reason.", error, StringComparison.Ordinal);
        Assert.Empty(standard);

        (exit, standard, error) = await RunAsync("search", "x", "--server", server.Address.AbsoluteUri, "--json");
        var document = JsonDocument.Parse(error).RootElement;
        Assert.Equal(((int)expected, code, (int)expected), (exit, document.GetProperty("code").GetString(), document.GetProperty("exitCode").GetInt32()));
        Assert.Empty(standard);
    }

    [Fact]
    public async Task A_server_that_is_not_there_is_6()
    {
        var (exit, _, error) = await RunAsync("status", "--server", "127.0.0.1:1");
        Assert.Equal((int)ExitCode.Unavailable, exit);
        Assert.Contains("http://127.0.0.1:1/", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Without_a_key_an_account_is_asked_for()
    {
        var (exit, _, error) = await RunAsync("share", _home.Path);
        Assert.Equal((int)ExitCode.Unauthorized, exit);
        Assert.Contains("datt account create", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_folder_that_is_none_is_5()
    {
        _environment["DATT_API_KEY"] = "key";
        var (exit, _, error) = await RunAsync("share", Path.Combine(_home.Path, "missing"));
        Assert.Equal((int)ExitCode.NotFound, exit);
        Assert.Contains("missing", error, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_new_account_is_remembered_for_its_server_only_and_for_its_owner_only()
    {
        await using var server = await Answering(201, """{"accountId":"acc_1","apiKey":"secret-1"}""");
        await using var other = await Answering(200, """{"hits":[]}""");
        var (exit, standard, error) = await RunAsync("account", "create", "--server", server.Address.AbsoluteUri);
        Assert.Equal(0, exit);
        Assert.DoesNotContain("secret-1", standard + error, StringComparison.Ordinal);
        if (!OperatingSystem.IsWindows())
        {
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(ConfigPath));
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(Path.GetDirectoryName(ConfigPath)!));
        }

        await RunAsync("account", "show");
        Assert.Equal("Bearer secret-1", server.Requests.Last().Headers["Authorization"]);
        await RunAsync("search", "x", "--server", other.Address.AbsoluteUri);
        Assert.DoesNotContain("Authorization", other.Requests.Last().Headers.Keys);

        Assert.Equal((int)ExitCode.Usage, (await RunAsync("account", "create")).Exit);
        Assert.Equal(0, (await RunAsync("account", "create", "--another", "--json")).Exit);
    }

    [Fact]
    public async Task A_key_in_the_environment_comes_before_the_remembered_one()
    {
        await using var server = await Answering(201, """{"accountId":"acc_1","apiKey":"secret-1"}""");
        await RunAsync("account", "create", "--server", server.Address.AbsoluteUri);
        _environment["DATT_API_KEY"] = "mine";
        await RunAsync("account", "show");
        Assert.Equal("Bearer mine", server.Requests.Last().Headers["Authorization"]);
    }

    [Fact]
    public async Task A_configuration_others_can_read_is_warned_of()
    {
        if (OperatingSystem.IsWindows())
        {
            Assert.Skip("Windows has no file modes.");
            return;
        }

        PrivateFile.Write(ConfigPath, "{}"u8);
        File.SetUnixFileMode(ConfigPath, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.OtherRead);
        Assert.Contains("chmod 600", (await RunAsync("status", "--server", "127.0.0.1:1")).Error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("{ \"server\": \n nonsense }")]
    [InlineData("[]")]
    [InlineData("")]
    public async Task A_ruined_configuration_is_named(string text)
    {
        PrivateFile.Write(ConfigPath, System.Text.Encoding.UTF8.GetBytes(text));
        var (exit, _, error) = await RunAsync("status");
        Assert.Equal((int)ExitCode.Failure, exit);
        Assert.Contains(ConfigPath, error, StringComparison.Ordinal);
        Assert.Equal(text, File.ReadAllText(ConfigPath));
    }

    [Fact]
    public async Task Redirected_output_has_no_colour_no_wrapping_and_obeys_nobody()
    {
        var title = new string('t', 300) + " [red]x[/] \\u001b[31mred\\u202e";
        await using var server = await Answering(200, """
            {"hits":[{"contentId":"sha256:1","title":"TITLE","highlight":"a <em>b</em> &lt;i&gt; [bold]","holders":[]}],"total":{"value":1,"relation":"eq"}}
            """.Replace("TITLE", title, StringComparison.Ordinal));
        var (exit, standard, _) = await RunAsync("search", "x", "--server", server.Address.AbsoluteUri);
        Assert.Equal(0, exit);
        Assert.DoesNotContain('\u001b', standard);
        Assert.DoesNotContain('\u202e', standard);
        Assert.Contains(new string('t', 300) + " [red]x[/]", standard, StringComparison.Ordinal);
        Assert.Contains("a b <i> [bold]", standard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Nothing_found_is_no_failure_and_says_what_to_try()
    {
        await using var server = await Answering(200, """{"hits":[],"total":{"value":0,"relation":"eq"}}""");
        var (exit, standard, _) = await RunAsync("search", "x", "--server", server.Address.AbsoluteUri);
        Assert.Equal(0, exit);
        Assert.Contains("Nothing found", standard, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Filters_reach_the_server()
    {
        await using var server = await Answering(200, """{"hits":[]}""");
        await RunAsync("search", "two", "words", "--since", "2026-01-02", "--until", "2026-01-03", "--tag", "a&b", "-n", "5", "--sort", "recent", "--match", "all", "--server", server.Address.AbsoluteUri);
        Assert.Equal("?q=two%20words&limit=5&sort=recent&tag=a%26b&since=2026-01-02T00%3A00%3A00Z&until=2026-01-03T23%3A59%3A59.999Z&match=all",
            server.Requests.Single().Query);
    }

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(999, "999 B")]
    [InlineData(1000, "1.0 kB")]
    [InlineData(99_949, "99.9 kB")]
    [InlineData(999_600, "1.0 MB")]
    [InlineData(123_456_789, "123 MB")]
    public void Sizes(long bytes, string expected) => Assert.Equal(expected, Figures.Bytes(bytes));
}
