using System.Text.Json.Serialization;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Auditing;

/// <summary>What an audit came to.</summary>
[JsonConverter(typeof(JsonStringEnumConverter<AuditVerdict>))]
public enum AuditVerdict
{
    /// <summary>What was measured does not contradict the claim.</summary>
    [JsonStringEnumMemberName("supported")]
    Supported,

    /// <summary>A measured share is below the claim, and so is its whole interval.</summary>
    [JsonStringEnumMemberName("below")]
    Below,

    /// <summary>Too little could be measured to say anything.</summary>
    [JsonStringEnumMemberName("notMeasured")]
    NotMeasured,

    /// <summary>No origin of the auditor's list has records.</summary>
    [JsonStringEnumMemberName("nothingToAudit")]
    NothingToAudit,
}

/// <summary>The server that was audited.</summary>
public sealed record AuditedServer(string Id, string Name, string Url);

/// <summary>How one origin came out.</summary>
/// <param name="Origin">Its id.</param>
/// <param name="Name">Its name.</param>
/// <param name="Epoch">Of the manifest that was audited.</param>
/// <param name="Version">Of the manifest that was audited.</param>
/// <param name="Claimed">Live records by its manifest.</param>
/// <param name="Records">The part of them whose leaves somebody has.</param>
/// <param name="Runs">Runs of the manifest.</param>
/// <param name="Drawn">Leaves that were drawn.</param>
/// <param name="Produced">Of them, those the server produced.</param>
/// <param name="Missing">Those it did not have, though somebody else does.</param>
/// <param name="Wrong">Those it gave wrong bytes for.</param>
/// <param name="Nowhere">Those that nobody has.</param>
/// <param name="Uncounted">Those that were merged away meanwhile, or were not asked for.</param>
public sealed record OriginResult(
    string Origin, string Name, long Epoch, long Version, long Claimed, long Records, int Runs, int Drawn, int Produced, int Missing, int Wrong, int Nowhere, int Uncounted);

/// <summary>What looking records up in the server's search came to.</summary>
/// <param name="Estimate">Share of the records that it finds with their holder; null where none could be looked up.</param>
/// <param name="Read">Records that were read from sampled leaves.</param>
/// <param name="Unclear">Records that were not found, and of which could not be told whether they are still live. They count neither way.</param>
/// <param name="NotAsked">Why fewer were asked for than read; null where all were.</param>
public sealed record LookupResult(ShareEstimate? Estimate, int Read, int Unclear, string? NotAsked);

/// <summary>What fetching contents from their holders came to.</summary>
/// <param name="Delivered">Share of the contents that a holder delivered with the right hash; null where none was tried.</param>
/// <param name="NoAddress">Of those tried, contents for which no holder has an address that can be fetched from.</param>
/// <param name="Wrong">Of those tried, contents for which a holder sent something else.</param>
/// <param name="Skipped">Not tried: too large, or an id that nothing can be checked by.</param>
/// <param name="Bytes">Bytes that were delivered.</param>
public sealed record ContentResult(ShareEstimate? Delivered, int NoAddress, int Wrong, int Skipped, long Bytes);

/// <summary>The result of an audit.</summary>
public sealed record AuditReport
{
    public required AuditedServer Server { get; init; }

    public required AuditVerdict Verdict { get; init; }

    /// <summary>Gives the same sample of the same manifests.</summary>
    public required ulong Seed { get; init; }

    /// <summary>What its signed card says.</summary>
    public required Coverage Claimed { get; init; }

    /// <summary>Records of the network by the auditor's own list: of each origin the part whose leaves somebody has.</summary>
    public required long NetworkRecords { get; init; }

    /// <summary>Different leaves of the sample; a leaf is drawn more than once where there are few.</summary>
    public int Leaves { get; init; }

    /// <summary>Share of those records that it can produce; null where nothing was measured.</summary>
    public ShareEstimate? Producible { get; init; }

    /// <summary>Share of those records that its search finds; null where it was not asked.</summary>
    public LookupResult? Searchable { get; init; }

    /// <summary>What is really there at the holders; null without <c>--content</c>.</summary>
    public ContentResult? Contents { get; init; }

    /// <summary>Why the asking ended early; null where it did not.</summary>
    public string? CutShort { get; init; }

    public IReadOnlyList<OriginResult> Origins { get; init; } = [];

    /// <summary>False where a limit ended the walk, or a server's list could not be read to its end: there may be more origins.</summary>
    public bool ListIsWhole { get; init; } = true;

    /// <summary>Origins that do not count.</summary>
    public IReadOnlyList<SkippedOrigin> Skipped { get; init; } = [];

    /// <summary>
    /// The verdict. A server that ends the asking chooses what is measured, so that never supports its claim; it can still be
    /// too little. The same goes for less than half of the sample.
    /// </summary>
    public static AuditVerdict Judge(double claimed, long networkRecords, ShareEstimate? producible, ShareEstimate? searchable, int drawn, bool cutShort)
    {
        if (networkRecords == 0)
        {
            return AuditVerdict.NothingToAudit;
        }

        if (producible?.High < claimed || searchable?.High < claimed)
        {
            return AuditVerdict.Below;
        }

        return producible is null || cutShort || 2 * producible.Sampled < drawn ? AuditVerdict.NotMeasured : AuditVerdict.Supported;
    }
}
