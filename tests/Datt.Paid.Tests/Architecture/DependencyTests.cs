using System.Reflection;
using ArchUnitNET.Loader;

namespace Datt.Paid.Tests.Architecture;

/// <summary>
/// Holds the direction of dependencies. The money half (Subscriptions, Payments, Pricing, Accounts) and the index half (Search, Catalog)
/// know nothing of each other; they meet in the host.
/// </summary>
public class DependencyTests
{
    /// <summary>Feature -> features it may use. A feature that is not listed may use none but itself.</summary>
    private static readonly Dictionary<string, string[]> Allowed = new()
    {
        ["Protocol.Addresses"] = [],
        ["Protocol.Cbor"] = ["Protocol.Records"],
        ["Protocol.Records"] = ["Protocol.Cbor"],
        ["Protocol.Runs"] = ["Protocol.Cbor", "Protocol.Identity", "Protocol.Records"],
        ["Protocol.Identity"] = ["Protocol.Records"],
        ["Protocol.Manifests"] = ["Protocol.Cbor", "Protocol.Identity", "Protocol.Records", "Protocol.Runs"],
        ["Protocol.Torrents"] = ["Protocol.Identity", "Protocol.Manifests", "Protocol.Runs"],
        ["Outbound"] = ["Protocol.Addresses"],
        ["Accounts"] = ["Outbound", "Storage"],
        ["Notices"] = ["Outbound", "Protocol.Identity", "Storage"],
        ["Pricing"] = ["Storage"],
        ["Payments"] = ["Accounts", "Pricing", "Storage"],
        ["Subscriptions"] = ["Accounts", "Payments", "Pricing", "Storage"],
        ["Administration"] = ["Accounts", "Payments", "Pricing", "Storage", "Subscriptions"],
        // The one DbContext maps the entities of every feature that keeps state.
        ["Storage"] = ["Accounts", "Pricing", "Payments", "Subscriptions", "Nodes"],
        ["Catalog"] = ["Protocol.*"],
        ["Search"] = ["Catalog", "Protocol.Records"],
        ["Sync"] = ["Catalog", "Federation", "Outbound", "Storage", "Protocol.*"],
        ["Torrents"] = ["Sync", "Protocol.*"],
        ["Policy"] = ["Catalog", "Search", "Storage", "Protocol.Identity", "Protocol.Records"],
        ["Federation"] = ["Outbound", "Storage", "Protocol.*"],
        ["Nodes"] = ["Catalog", "Federation", "Outbound", "Protocol.Records", "Storage"],
        ["Signalling"] = ["Federation", "Outbound", "Protocol.Identity", "WebSockets"],
        ["WebSockets"] = [],
        ["Pages"] = ["Accounts", "Catalog", "Nodes", "Payments", "Pricing", "Search", "Storage", "Subscriptions", "Protocol.Records"],
        ["Jobs"] = ["*"],
        ["Server"] = ["*"],
        ["Client"] = [],
        ["Cli"] = ["Client", "Protocol.Addresses", "Protocol.Identity", "Protocol.Manifests", "Protocol.Records", "Protocol.Runs"],
    };

    /// <summary>Assemblies that must not be seen by the library: it starts in any test, without a web server or a job server.</summary>
    private static readonly string[] HostOnly = ["Microsoft.AspNetCore.Http", "Microsoft.AspNetCore.Routing", "Microsoft.AspNetCore.Hosting", "Hangfire", "Serilog"];

    private static readonly ArchUnitNET.Domain.Architecture Product = new ArchLoader().LoadAssemblies(
        Assembly.Load("Datt.Paid.Protocol"), Assembly.Load("Datt.Paid"), Assembly.Load("Datt.Paid.Server"), Assembly.Load("Datt.Paid.Console"),
        Assembly.Load("Datt.Paid.Client"), Assembly.Load("datt")).Build();

    [Fact]
    public void Features_use_only_what_the_table_allows()
    {
        var forbidden = Edges().Where(e => !IsAllowed(e.From, e.To)).Select(e => $"{e.From} -> {e.To} ({e.Example})").Distinct().Order().ToList();
        Assert.True(forbidden.Count == 0, "Dependencies outside the table of allowed edges:\n" + string.Join('\n', forbidden));
    }

    [Fact]
    public void The_library_knows_neither_the_web_server_nor_the_job_server()
    {
        var seen = from type in Product.Types
                   where type.Assembly.Name.StartsWith("Datt.Paid,", StringComparison.Ordinal) || type.Assembly.Name.StartsWith("Datt.Paid.Protocol,", StringComparison.Ordinal)
                   from dependency in type.Dependencies
                   let target = dependency.Target.Namespace?.FullName ?? ""
                   where HostOnly.Any(h => target == h || target.StartsWith(h + ".", StringComparison.Ordinal))
                   select $"{type.FullName} -> {dependency.Target.FullName}";
        Assert.Empty(seen.Distinct());
    }

    [Fact]
    public void Every_feature_of_the_table_exists()
    {
        var features = Product.Types.Select(t => Feature(t.Namespace.FullName)).OfType<string>().Distinct();
        Assert.Equal([], Allowed.Keys.Except(features));
    }

    private static IEnumerable<(string From, string To, string Example)> Edges() =>
        from type in Product.Types
        let origin = Feature(type.Namespace.FullName)
        where origin is not null
        from dependency in type.Dependencies
        where !IsTypeParameter(dependency.Target)
        let target = Feature(dependency.Target.Namespace?.FullName)
        where target is not null && target != origin
        select (origin, target, $"{type.Name} uses {dependency.Target.Name}");

    /// <summary>Type parameters of one name are one type to the loader, wherever they stand.</summary>
    private static bool IsTypeParameter(ArchUnitNET.Domain.IType type) => type is ArchUnitNET.Domain.GenericParameter;

    private static bool IsAllowed(string from, string to) => Allowed.GetValueOrDefault(from, []).Any(rule =>
        rule == "*" || rule == to || (rule.EndsWith(".*", StringComparison.Ordinal) && to.StartsWith(rule[..^1], StringComparison.Ordinal)));

    /// <summary>The feature a namespace belongs to: the folder below the library, the folder below Protocol, or the whole of another project.</summary>
    private static string? Feature(string? ns)
    {
        if (ns is null || !ns.StartsWith("Datt.Paid.", StringComparison.Ordinal))
            return null;
        var parts = ns.Split('.');
        return parts[2] switch
        {
            "Protocol" => parts.Length > 3 ? "Protocol." + parts[3] : "Protocol",
            var feature => feature,
        };
    }
}
