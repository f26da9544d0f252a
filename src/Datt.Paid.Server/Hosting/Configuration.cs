using System.Reflection;
using Datt.Paid.Accounts;
using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Notices;
using Datt.Paid.Payments;
using Datt.Paid.Payments.BitcoinCore;
using Datt.Paid.Payments.BtcPay;
using Datt.Paid.Payments.L402;
using Datt.Paid.Payments.Rates;
using Datt.Paid.Policy;
using Datt.Paid.Pricing;
using Datt.Paid.Search;
using Datt.Paid.Server.Federation;
using Datt.Paid.Server.Limits;
using Datt.Paid.Server.Nodes;
using Datt.Paid.Server.Operators;
using Datt.Paid.Server.Signalling;
using Datt.Paid.Subscriptions;
using Datt.Paid.Sync;
using Datt.Paid.Sync.Exchange;
using Datt.Paid.Sync.Exchange.Buying;
using Datt.Paid.Torrents;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>All sections that the server understands, so that a start can report everything wrong with them at once.</summary>
public static class Configuration
{
    /// <summary>Section and the class it is bound to.</summary>
    public static readonly IReadOnlyList<(string Section, Type Options)> Sections =
    [
        (ServerSettings.Section, typeof(ServerSettings)),
        (SearchAccessOptions.Section, typeof(SearchAccessOptions)),
        (SearchSection, typeof(SearchSettings)),
        (FederationSettings.Section, typeof(FederationSettings)),
        (CrawlSettings.Section, typeof(CrawlSettings)),
        (CatalogSection, typeof(CatalogSettings)),
        (SyncSettings.Section, typeof(SyncSettings)),
        (ExchangeSettings.Section, typeof(ExchangeSettings)),
        (BuyingSettings.Section, typeof(BuyingSettings)),
        (TorrentSettings.Section, typeof(TorrentSettings)),
        (PresenceSettings.Section, typeof(PresenceSettings)),
        (PricingOptions.Section, typeof(PricingOptions)),
        (PaymentsOptions.Section, typeof(PaymentsOptions)),
        (BtcPayOptions.Section, typeof(BtcPayOptions)),
        (BitcoinCoreOptions.Section, typeof(BitcoinCoreOptions)),
        (RatesOptions.Section, typeof(RatesOptions)),
        (L402Options.Section, typeof(L402Options)),
        (AccountsOptions.Section, typeof(AccountsOptions)),
        (SmtpOptions.Section, typeof(SmtpOptions)),
        (LimitSettings.Section, typeof(LimitSettings)),
        (SignallingSettings.Section, typeof(SignallingSettings)),
        (PolicySettings.Section, typeof(PolicySettings)),
        (AdminSettings.Section, typeof(AdminSettings)),
    ];

    public const string CatalogSection = "Datt:Catalog";
    public const string SearchSection = "Datt:Search:Engine";

    /// <summary>Properties that the host sets and no configuration key names.</summary>
    public static bool IsSetByHost(PropertyInfo property) => property.Name == "Directory" && property.DeclaringType is { } type
        && (type == typeof(CatalogSettings) || type == typeof(SearchSettings) || type == typeof(SyncSettings) || type == typeof(TorrentSettings));

    /// <summary>Refuses to start while a value cannot be read or is out of its bounds; names every one of them.</summary>
    /// <exception cref="StartRefused">Something is wrong.</exception>
    public static void Check(IServiceProvider services)
    {
        var errors = Unreadable(services.GetRequiredService<IConfiguration>()).ToList();
        if (errors.Count > 0)
            throw new StartRefused(errors);
        try
        {
            services.GetRequiredService<IStartupValidator>().Validate();
        }
        catch (Exception fault) when (fault is OptionsValidationException or AggregateException)
        {
            throw new StartRefused(Flatten(fault).Distinct().ToList());
        }
    }

    /// <summary>Keys below <c>Datt</c> that no part of the server reads: most likely misspelt.</summary>
    public static IEnumerable<string> UnknownKeys(IConfiguration configuration)
    {
        var known = Sections.SelectMany(s => s.Options.GetProperties().Where(p => p.CanWrite && !IsSetByHost(p)).Select(p => $"{s.Section}:{p.Name}"))
            .Concat(Sections.Select(s => s.Section)).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var open = new Stack<IConfigurationSection>(configuration.GetSection(ServerSettings.Section).GetChildren());
        while (open.TryPop(out var section))
        {
            if (!known.Contains(section.Path))
                yield return section.Path;
            else if (Sections.Any(s => s.Section.StartsWith(section.Path, StringComparison.OrdinalIgnoreCase)))
            {
                foreach (var child in section.GetChildren())
                    open.Push(child);
            }
        }
    }

    private static IEnumerable<string> Unreadable(IConfiguration configuration)
    {
        foreach (var (section, type) in Sections)
        {
            foreach (var property in type.GetProperties().Where(p => p.CanWrite))
            {
                var path = $"{section}:{property.Name}";
                if (ReadProblem(configuration.GetSection(path), property.PropertyType) is { } problem)
                    yield return $"{path} {problem}";
            }
        }
    }

    private static string? ReadProblem(IConfigurationSection section, Type type)
    {
        try
        {
            section.Get(type);
            return null;
        }
        catch (InvalidOperationException)
        {
            var plain = Nullable.GetUnderlyingType(type) ?? type;
            return plain.IsEnum
                ? $"is '{section.Value}'; it must be one of {string.Join(", ", Enum.GetNames(plain))}."
                : $"is '{section.Value}', which is no {plain.Name}.";
        }
    }

    private static IEnumerable<string> Flatten(Exception fault) => fault switch
    {
        OptionsValidationException invalid => invalid.Failures,
        AggregateException many => many.InnerExceptions.SelectMany(Flatten),
        _ => [fault.Message],
    };
}
