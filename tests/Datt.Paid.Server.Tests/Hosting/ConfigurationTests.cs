using System.Collections;
using Datt.Paid.Server.Hosting;
using Datt.Paid.Server.Tests.Running;
using Microsoft.Extensions.Configuration;

namespace Datt.Paid.Server.Tests.Hosting;

public class ConfigurationTests
{
    [Fact]
    public void The_example_names_every_key_and_no_other()
    {
        var example = new ConfigurationBuilder().AddJsonFile(Path.Combine(Root(), "appsettings.example.json")).Build();
        Assert.Equal([], Configuration.UnknownKeys(example));
        var missing = from section in Configuration.Sections
                      from property in section.Options.GetProperties()
                      where property.CanWrite && !Configuration.IsSetByHost(property)
                      let path = $"{section.Section}:{property.Name}"
                      where !example.GetSection(path).Exists()
                      select path;
        Assert.Equal([], missing);
        Assert.True(example.GetSection("ConnectionStrings:Default").Exists());
    }

    [Fact]
    public void The_example_shows_the_defaults()
    {
        var example = new ConfigurationBuilder().AddJsonFile(Path.Combine(Root(), "appsettings.example.json")).Build();
        foreach (var (section, type) in Configuration.Sections)
        {
            var bound = example.GetSection(section).Get(type, options => options.ErrorOnUnknownConfiguration = false)!;
            var standard = Activator.CreateInstance(type)!;
            foreach (var property in type.GetProperties().Where(p => p.CanWrite && !Configuration.IsSetByHost(p)))
            {
                // Lists and the provider have no default to show; the example shows how they are written.
                if (property.PropertyType.IsAssignableTo(typeof(IList)) || property.Name == "Provider")
                    continue;
                Assert.True(Equals(property.GetValue(standard), property.GetValue(bound)), $"{section}:{property.Name} is not shown with its default.");
            }
        }
    }

    [Fact]
    public void All_errors_are_reported_at_once()
    {
        var refused = Assert.Throws<StartRefused>(() => Build(
            ("Datt:Limits:RequestsPerSecond", "-1"), ("Datt:Search:FreeQueriesPerDay", "-5"), ("Datt:PublicUrl", "nowhere"),
            ("Datt:Pricing:Minimum", "5"), ("Datt:TrustedProxies:0", "somebody"), ("Datt:Bootstrap:0", "ftp://x"), ("Datt:Admin:Password", "x")));
        foreach (var key in new[]
            { "Datt:Limits:RequestsPerSecond", "Datt:Search:FreeQueriesPerDay", "Datt:PublicUrl", "Datt:Pricing:Minimum", "Datt:TrustedProxies:0", "Datt:Bootstrap:0", "Datt:Admin:Password" })
        {
            Assert.Contains(refused.Reasons, reason => reason.Contains(key, StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Values_of_the_wrong_kind_are_reported_with_what_is_possible()
    {
        var refused = Assert.Throws<StartRefused>(() => Build(
            ("Datt:Search:Access", "Sometimes"), ("Datt:Catalog:ForgetAfter", "soon"), ("Datt:Limits:RequestsPerSecond", "many")));
        Assert.Equal(3, refused.Reasons.Count);
        Assert.Contains(refused.Reasons, reason => reason.Contains("Paid, Free", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Datt:Payments:Provider", "")]
    [InlineData("Datt:Payments:Provider", "Sandbox")]
    public void In_Production_paid_search_needs_a_real_provider(string key, string value)
    {
        var refused = Assert.Throws<StartRefused>(() => Build(("environment", "Production"), (key, value)));
        Assert.Contains(refused.Reasons, reason => reason.Contains("Datt:Payments:Provider", StringComparison.Ordinal));
    }

    [Fact]
    public void A_misspelt_key_is_noticed()
    {
        var configuration = new ConfigurationBuilder().AddInMemoryCollection(
            new Dictionary<string, string?> { ["Datt:Serch:Access"] = "Free", ["Datt:Pricing:Bass"] = "1", ["Datt:Search:Access"] = "Free" }).Build();
        Assert.Equal(["Datt:Pricing:Bass", "Datt:Serch"], Configuration.UnknownKeys(configuration).Order());
    }

    [Fact]
    public async Task Two_servers_cannot_have_one_directory()
    {
        await using var server = await ServerOnDisk.StartAsync();
        var refused = Assert.Throws<StartRefused>(() => Build(("Datt:DataDirectory", server.Directory)));
        Assert.Contains(server.Directory, refused.Message);
        Assert.Contains("Datt:DataDirectory", refused.Message);
    }

    private static void Build(params (string Key, string Value)[] settings)
    {
        var directory = Directory.CreateTempSubdirectory("datt-configuration-");
        try
        {
            string[] standard = ["--environment=Development", "--urls=http://127.0.0.1:0", $"--Datt:DataDirectory={directory.FullName}", "--Logging:LogLevel:Default=None"];
            using var app = (IDisposable)DattServer.Build([.. standard, .. settings.Select(s => $"--{s.Key}={s.Value}")]);
        }
        finally
        {
            directory.Delete(recursive: true);
        }
    }

    private static string Root()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "Datt.Paid.sln")))
                return folder.FullName;
        }
        throw new InvalidOperationException("The tests are not run from a checkout.");
    }
}
