using System.Net.Http.Json;
using System.Text.Json;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Manifests;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Tests.Campaigns;
using Datt.Paid.Server.Tests.Running;

namespace Datt.Paid.Server.Tests.Hosting;

public class KeyVerbTests
{
    private const string Passphrase = "a long enough passphrase";

    private static string KeyOf(string directory) => Path.Combine(directory, "server.key");

    private static async Task<(int Code, string Output)> RunAsync(string directory, string input, params string[] arguments)
    {
        using var output = new StringWriter();
        var code = await KeyVerb.RunAsync(
            [.. arguments, "--environment=Development", $"--Datt:DataDirectory={directory}", "--Logging:LogLevel:Default=None"], new StringReader(input), output);
        return (code, output.ToString());
    }

    private static async Task<SignedCard> CardAsync(ServerOnDisk server)
    {
        Assert.True(SignedCard.TryRead(await server.Anyone.GetByteArrayAsync("/api/v1/server"), out var card, out var fault), fault.ToString());
        return card;
    }

    [Fact]
    public async Task A_server_whose_key_was_rotated_keeps_its_id_and_its_feed_and_everybody_can_follow()
    {
        await using var server = await ServerOnDisk.StartAsync();
        using var customer = await server.NewCustomerAsync();
        await customer.SubscribeAsync();
        await customer.BulkAsync("n", [.. Enumerable.Range(0, 50).Select(i => $$"""{"contentId":"c:{{i}}","title":"rotated number{{i}}"}""")]);
        var before = await CardAsync(server);
        var refused = await Assert.ThrowsAsync<StartRefused>(() => RunAsync(server.Directory, "", "rotate"));
        Assert.Contains("Stop that server first", Assert.Single(refused.Reasons));

        await server.StopAsync();
        // Through the executable that operators have; what a rotation that died had written aside must not hinder.
        await File.WriteAllTextAsync(KeyOf(server.Directory) + ".new", "half a ke", TestContext.Current.CancellationToken);
        var (code, output) = await ServerAssembly.RunAsync(server.Directory, ["key", "rotate"], null, TestContext.Current.CancellationToken);
        Assert.True(code == 0, output);
        Assert.Contains(before.Card.Id, output);
        using (var said = new StringWriter())
        {
            Assert.True(await Verbs.VerifyAsync([$"--Datt:DataDirectory={server.Directory}", "--environment=Development"], said) == 0, said.ToString());
        }

        await server.RestartAsync();
        var after = await CardAsync(server);
        Assert.Equal(before.Card.Id, after.Card.Id);
        Assert.NotEqual(before.Card.PublicKey, after.Card.PublicKey);
        Assert.Equal(CardOutcome.HandedOver, CardSuccession.Judge(before, after, after.Card.Time));
        // Whoever knows only the newest card can check the newest manifest.
        var bytes = await server.Anyone.GetByteArrayAsync($"/federation/v1/feeds/{after.Card.Id}/manifest");
        Assert.True(ManifestCodec.TryDecode(bytes, out var manifest, out _));
        Assert.True(ServerPublicKey.TryImport(Convert.FromBase64String(after.Card.PublicKey), out var newest));
        Assert.True(manifest.IsSignedBy(newest));
        using var later = server.With(customer.ApiKey);
        var page = await later.GetFromJsonAsync<JsonElement>("/api/v1/search?q=rotated&limit=1");
        Assert.Equal(50, page.GetProperty("total").GetProperty("value").GetInt32());
        using (var announced = await later.PutAsJsonAsync("/api/v1/content/c:new?node=n", new { title = "rotated once more" }))
            Assert.Equal(System.Net.HttpStatusCode.NoContent, announced.StatusCode);
        await server.StopAsync();
        (code, output) = await RunAsync(server.Directory, "", "show");
        Assert.Equal(0, code);
        Assert.Contains($"1 of at most {HandOver.MaxChain}", output);
    }

    [Fact]
    public async Task A_backup_brings_the_server_back_but_not_a_former_key_over_a_later_one()
    {
        var folder = Directory.CreateTempSubdirectory("datt-key-").FullName;
        try
        {
            var (here, there, backup) = (Path.Combine(folder, "here"), Path.Combine(folder, "there"), Path.Combine(folder, "backup.pem"));
            Assert.Contains("no key", (await RunAsync(here, "", "rotate")).Output);
            var id = ServerKeyFile.Open(KeyOf(here)).Id;
            Assert.Equal(1, (await RunAsync(here, "short\n", "export", backup)).Code);
            Assert.False(File.Exists(backup));
            Assert.Equal(0, (await RunAsync(here, Passphrase + "\n", "export", backup)).Code);
            Assert.Contains("exists already", (await RunAsync(here, Passphrase + "\n", "export", backup)).Output);
            if (!OperatingSystem.IsWindows())
                Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(backup));

            Assert.Contains("does not open", (await RunAsync(there, "another passphrase\n", "import", backup)).Output);
            Assert.False(File.Exists(KeyOf(there)));
            Assert.Equal(0, (await RunAsync(there, Passphrase + "\n", "import", backup)).Code);
            Assert.Equal(id, ServerKeyFile.Open(KeyOf(there)).Id);

            Assert.Equal(0, (await RunAsync(here, "", "rotate")).Code);
            Assert.Contains("later key", (await RunAsync(here, Passphrase + "\n", "import", backup)).Output);
            Assert.Single(ServerKeyFile.Open(KeyOf(here)).HandOvers);
            var newer = Path.Combine(folder, "newer.pem");
            Assert.Equal(0, (await RunAsync(here, Passphrase + "\n", "export", newer)).Code);
            Assert.Equal(0, (await RunAsync(there, Passphrase + "\n", "import", newer)).Code);
            Assert.Single(ServerKeyFile.Open(KeyOf(there)).HandOvers);

            var other = Path.Combine(folder, "other");
            Directory.CreateDirectory(other);
            var stranger = ServerKeyFile.Open(KeyOf(other)).Id;
            Assert.Contains(stranger, (await RunAsync(other, Passphrase + "\n", "import", newer)).Output);
            Assert.Equal(stranger, ServerKeyFile.Open(KeyOf(other)).Id);
            Assert.Equal(0, (await RunAsync(other, Passphrase + "\n", "import", newer, "--replace")).Code);
            Assert.Equal(id, ServerKeyFile.Open(KeyOf(other)).Id);
            Assert.Equal(64, (await RunAsync(other, "", "lose")).Code);
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("{")]
    [InlineData("{}")]
    [InlineData("{\"format\":1}")]
    [InlineData("{\"format\":\"datt server key 1\",\"privateKey\":\"?\",\"handOvers\":[]}")]
    [InlineData("nothing")]
    public void A_damaged_key_file_stops_the_start_and_is_left_alone(string content)
    {
        var path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, content);
            Assert.Contains("key import", Assert.Single(Assert.Throws<StartRefused>(() => ServerKeyFile.Open(path)).Reasons));
            Assert.Equal(content, File.ReadAllText(path));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
