namespace Datt.Paid.Cli.Auditing;

/// <summary>
/// The sample of an audit. Records that nobody can show a leaf of are an origin's invention; where much of what was drawn was of that kind, it is drawn
/// again with each origin weighted by the part of its leaves that exists, so that inventions keep nobody from being measured.
/// </summary>
internal sealed class LeafSample(AuditedNetwork network, LeafQuestions questions, AuditLimits limits, Chance chance)
{
    private const int MaxRounds = 3;

    private readonly Dictionary<DrawnLeaf, LeafOutcome> _outcomes = [];

    /// <summary>What counts for the estimate: the last round's leaves, each as often as it was drawn.</summary>
    public IReadOnlyList<DrawnLeaf> Drawn { get; private set; } = [];

    /// <summary>Different leaves among them.</summary>
    public int Leaves => Drawn.Distinct().Count();

    /// <summary>The share of the existing records that the server can produce; null where nothing was measured.</summary>
    public ShareEstimate? Producible => ShareEstimate.Of(Drawn.Count(leaf => OutcomeOf(leaf) == LeafOutcome.Produced), Counted.Count());

    /// <summary>Drawn leaves that exist and were asked for, in random order.</summary>
    public IEnumerable<DrawnLeaf> Counted => Drawn.Where(leaf => Exists(OutcomeOf(leaf)));

    /// <summary>Records of the network: of each origin the part whose leaves exist.</summary>
    public long NetworkRecords => network.Origins.Sum(Records);

    /// <summary>Draws and asks.</summary>
    public async Task RunAsync(IProgress<int>? progress, CancellationToken ct)
    {
        for (var round = 0; round < MaxRounds; round++)
        {
            Drawn = LeafDraw.Draw([.. network.Origins.Select(o => o.Feed with { Records = Records(o) })], limits.Leaves, chance);
            var fresh = Drawn.Where(leaf => !_outcomes.ContainsKey(leaf)).ToList();
            foreach (var (leaf, outcome) in await questions.AskAsync(fresh, progress, ct).ConfigureAwait(false))
            {
                _outcomes[leaf] = outcome;
            }

            if (questions.CutShort is not null || 4 * Drawn.Count(leaf => OutcomeOf(leaf) == LeafOutcome.Nowhere) <= Drawn.Count)
            {
                break;
            }
        }
    }

    /// <summary>Origin by origin, most records first.</summary>
    public IReadOnlyList<OriginResult> Results()
    {
        var byOrigin = Drawn.ToLookup(leaf => leaf.Origin, OutcomeOf, StringComparer.Ordinal);
        return [.. network.Origins.OrderByDescending(o => o.Records).Select(origin =>
        {
            var of = byOrigin[origin.Id].ToList();
            int Count(LeafOutcome outcome) => of.Count(o => o == outcome);
            var manifest = origin.Manifest.Manifest;
            return new OriginResult(
                origin.Id, origin.Card.Card.Name, manifest.Epoch, manifest.Version, origin.Records, Records(origin), manifest.Runs.Count, of.Count, Count(LeafOutcome.Produced),
                Count(LeafOutcome.Missing), Count(LeafOutcome.Wrong), Count(LeafOutcome.Nowhere), Count(LeafOutcome.MergedAway) + Count(LeafOutcome.NotAsked));
        })];
    }

    private LeafOutcome OutcomeOf(DrawnLeaf leaf) => _outcomes.GetValueOrDefault(leaf, LeafOutcome.NotAsked);

    /// <summary>Records of an origin times the share that exists of all its leaves that were asked for; all while none was.</summary>
    private long Records(AuditedOrigin origin)
    {
        var asked = _outcomes.Where(o => o.Key.Origin == origin.Id).Select(o => o.Value).Where(o => Exists(o) || o == LeafOutcome.Nowhere).ToList();
        return asked.Count == 0 ? origin.Records : (long)Math.Round((double)origin.Records * asked.Count(Exists) / asked.Count);
    }

    private static bool Exists(LeafOutcome outcome) => outcome is LeafOutcome.Produced or LeafOutcome.Missing or LeafOutcome.Wrong;
}
