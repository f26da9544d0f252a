using System.Diagnostics.Metrics;
using Datt.Paid.Catalog;
using Datt.Paid.Nodes;
using Datt.Paid.Payments;
using Datt.Paid.Payments.L402;
using Datt.Paid.Policy;
using Datt.Paid.Search;
using Datt.Paid.Server.Payments;
using Datt.Paid.Signalling;
using Datt.Paid.Subscriptions;

namespace Datt.Paid.Server.Operations;

/// <summary>What an operator watches, beside the web framework's own figures.</summary>
public sealed class ServerMetrics
{
    /// <summary>Name of the meter.</summary>
    public const string Name = "Datt.Paid";

    private static readonly double[] SearchBuckets = [0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2];

    private readonly Counter<long> _searches;
    private readonly Histogram<double> _searchTime;
    private readonly Counter<long> _announces;
    private readonly Counter<long> _live;

    public ServerMetrics(
        IMeterFactory meters, ContentCatalog catalog, NodeRegistry nodes, EntitlementTable entitlements, PaymentHealth payments, InvoiceFigures invoices, PassSales passes,
        ChallengeDesk challenges, SignalHub signals, PolicyBook policy, PolicyPass pass, TimeProvider time)
    {
        var meter = meters.Create(Name);
        _searches = meter.CreateCounter<long>("datt.searches", "{search}", "Searches carried out, by outcome.");
        _searchTime = meter.CreateHistogram(
            "datt.search.duration", "s", "Time inside the search engine.", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = SearchBuckets });
        _announces = meter.CreateCounter<long>("datt.announces", "{record}", "Records announced or withdrawn, by outcome.");
        _live = meter.CreateCounter<long>("datt.live.hits", "{hit}", "Hits sent to live searches.");
        meter.CreateObservableGauge("datt.records", () => catalog.Figures.Records, "{record}", "Live records.");
        meter.CreateObservableGauge("datt.contents", () => catalog.Figures.Contents, "{content}", "Distinct contents.");
        meter.CreateObservableGauge("datt.policy.rules", () => policy.Current.Count, "{rule}", "Rules that hide from search here.");
        meter.CreateObservableGauge("datt.policy.hidden.contents", () => pass.Hidden.Contents, "{content}", "Contents that those hide, as counted last.");
        meter.CreateObservableGauge("datt.policy.hidden.records", () => pass.Hidden.Records, "{record}", "Records that those hide, as counted last.");
        meter.CreateObservableGauge("datt.feed.unsealed", () => Unsealed(catalog.Figures), "{record}", "Records that are in no run yet.");
        meter.CreateObservableGauge("datt.nodes.online", () => nodes.CountOnline(time.GetUtcNow()), "{node}", "Nodes that are present.");
        meter.CreateObservableGauge("datt.nodes.known", () => nodes.Known, "{node}", "Nodes that ever used this server.");
        meter.CreateObservableGauge("datt.accounts", () => entitlements.Accounts, "{account}", "Accounts.");
        meter.CreateObservableGauge("datt.payments.errors", () => payments.Report.Errors, "{finding}", "What the last check of the payment side found wrong.");
        meter.CreateObservableGauge("datt.invoices", () => invoices.Read().Select(
            each => new Measurement<long>(each.Count, new KeyValuePair<string, object?>("state", each.Status.ToString().ToLowerInvariant()))), "{invoice}", "Invoices, by state.");
        meter.CreateObservableCounter("datt.passes.sold", () => passes.Sold, "{pass}", "Passes whose payment was booked.");
        meter.CreateObservableCounter("datt.passes.sats", () => passes.SoldSats, "{satoshi}", "What those brought.");
        meter.CreateObservableGauge("datt.passes.challenges", () => challenges.Open, "{invoice}", "Invoices for passes that callers hold.");
        meter.CreateObservableGauge("datt.peers.open", () => signals.Count, "{peer}", "Peers whose signalling is open here.");
        meter.CreateObservableCounter("datt.signals.relayed", () => signals.Figures.RelayedCount, "{message}", "Messages that reached a peer here.");
        meter.CreateObservableCounter("datt.signals.forwarded", () => signals.Figures.ForwardedCount, "{message}", "Messages that reached a peer at another server.");
        meter.CreateObservableCounter("datt.signals.expired", () => signals.Figures.ExpiredCount, "{answer}", "Times that a caller was told that a peer is not there.");
        meter.CreateObservableCounter("datt.signals.refused", () => signals.Figures.Refusals.Select(
            each => new Measurement<long>(each.Count, new KeyValuePair<string, object?>("reason", each.Reason))), "{refusal}", "What signalling refused, by reason.");
        meter.CreateObservableGauge("datt.keys", () => entitlements.Keys, "{key}", "API keys that work.");
    }

    public void Announced(int accepted, int rejected)
    {
        _announces.Add(accepted, new KeyValuePair<string, object?>("outcome", "accepted"));
        if (rejected > 0)
            _announces.Add(rejected, new KeyValuePair<string, object?>("outcome", "rejected"));
    }

    public void Searched(SearchOutcome outcome)
    {
        if (outcome is SearchOutcome.Found found)
        {
            _searches.Add(1, new KeyValuePair<string, object?>("outcome", found.Page.Partial ? "partial" : "found"));
            _searchTime.Record(found.Page.Took.TotalSeconds);
        }
        else
            _searches.Add(1, new KeyValuePair<string, object?>("outcome", "refused"));
    }

    public void LiveHit() => _live.Add(1);

    private static long Unsealed(CatalogFigures figures) => Math.Max(0, figures.LastSeq - figures.SealedSeq);
}
