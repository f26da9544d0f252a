using System.CommandLine;
using System.Globalization;
using System.Security.Cryptography;
using Datt.Paid.Cli.Auditing;
using Datt.Paid.Cli.Network;
using Datt.Paid.Cli.Terminal;
using Spectre.Console;

namespace Datt.Paid.Cli.Commands;

/// <summary><c>datt audit</c>: whether a server has what it says it covers.</summary>
internal static class AuditCommand
{
    private const int LongestName = 32;

    public static Command Build(CommandTree tree)
    {
        var url = new Argument<string>("url") { Description = "Address of the server to audit; it need not be yours" };
        var from = new Option<string?>("--from") { Description = "Take the origins from the lists of this server instead of walking the network from the server in use", HelpName = "url" };
        var leaves = WholeNumber.Option("--leaves", "Leaves to ask for; 64 of each origin are free every day", 64, 1, 4_096);
        var key = new Option<string?>("--key") { Description = "API key for the audited server's search. Default: the one remembered for it. Not needed where search is free", HelpName = "key" };
        var content = new Option<bool>("--content") { Description = "Also fetch a sample from the nodes that hold it, and say how much is really there" };
        var seed = new Option<ulong?>("--seed") { Description = "Repeat the sample of another audit", HelpName = "number" };
        var command = new Command("audit", """
            Measure how much of the network a server really has, beside what it claims.

            Leaves of index runs are drawn at random from the signed manifests of all origins and asked for with their Merkle paths: what a server gives
            cannot be made up. That shows what it can produce. Where its search is open to you, records of the same leaves are looked up in it, too: that
            shows what it keeps and searches.

            Exit codes: 0 what was measured supports the claim, or there is nothing to audit; 1 it is below the claim; 2 it could not be measured.
            """)
        { url, from, leaves, key, content, seed };
        command.SetAction(tree.Body(async (parsed, scope, ct) =>
        {
            var audited = CommandScope.ReadAddress(parsed.GetRequiredValue(url), "the command line");
            var start = parsed.GetValue(from) is { } named ? CommandScope.ReadAddress(named, "--from") : null;
            var order = new AuditOrder(
                audited, start ?? scope.Server, start is null, parsed.GetValue(key) ?? scope.KeyAt(audited), parsed.GetValue(content),
                parsed.GetValue(seed) ?? BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(8)));
            var report = await RunAsync(scope, order, new AuditLimits { Leaves = parsed.GetValue(leaves) }, ct).ConfigureAwait(false);
            scope.Output.Json(report, CliJson.Shared.AuditReport);
            Write(scope.Output, report);
            return report.Verdict switch
            {
                AuditVerdict.Below => ExitCode.Failure,
                AuditVerdict.NotMeasured => ExitCode.Usage,
                _ => ExitCode.Ok,
            };
        }));
        return command;
    }

    private static async Task<AuditReport> RunAsync(CommandScope scope, AuditOrder order, AuditLimits limits, CancellationToken ct)
    {
        return scope.Output.ShowsProgress
            ? await scope.Output.ErrorScreen.Status().StartAsync(
                "Beginning", status => new CoverageAudit(limits, scope.Time) { Progress = new Direct<AuditProgress>(p => status.Status(Output.Mark(p.Step))) }.RunAsync(order, ct)).ConfigureAwait(false)
            : await new CoverageAudit(limits, scope.Time).RunAsync(order, ct).ConfigureAwait(false);
    }

    private static void Write(Output output, AuditReport report)
    {
        if (output.IsJson)
        {
            return;
        }

        output.Line($"{NetworkTexts.Short(report.Server.Name, LongestName)}, {report.Server.Url}");
        if (report.Verdict == AuditVerdict.NothingToAudit)
        {
            output.Line("There is nothing to audit: none of the origins in your list has records that anybody can show.");
            output.Line("Take another list with --from <a server that knows the network>, or wait until somebody announces something.");
            WriteSkipped(output, report);
            return;
        }

        var claimed = report.Claimed;
        output.Facts(
            ("Claims", $"{Percent(claimed.Ratio)} of the network: {Figures.Count(claimed.Records)} of {Figures.Count(claimed.NetworkRecords, "record")}"),
            ("Can produce", Measured(report.Producible, "leaf", report.Leaves < report.Producible?.Sampled ? $"draws of {Figures.Count(report.Leaves)} leaves" : "leaves", "could be asked for")),
            ("Search finds", report.Searchable is { } looked ? Measured(looked.Estimate, "record", "records", "could be looked up") : "not asked: its search needs a key (--key)"),
            ("Really there", report.Contents is { } contents ? Contents(contents) : null),
            ("Your list", $"{Figures.Count(report.NetworkRecords, "record")} of {Figures.Count(report.Origins.Count(o => o.Records > 0), "origin")}"),
            ("Seed", report.Seed.ToString(CultureInfo.InvariantCulture)));
        WriteOrigins(output, report);
        WriteSkipped(output, report);
        WriteDoubts(output, report);
        output.Line(Sentence(report));
    }

    private static void WriteOrigins(Output output, AuditReport report)
    {
        var table = new Table().Border(TableBorder.Simple);
        foreach (var heading in new[] { "Origin", "Claimed", "Records", "Runs", "Leaves", "Produced", "Missing", "Wrong", "Nowhere" })
        {
            table.AddColumn(new TableColumn(heading) { NoWrap = true, Alignment = heading == "Origin" ? Justify.Left : Justify.Right });
        }

        foreach (var o in report.Origins.Where(o => o.Claimed > 0))
        {
            table.AddRow(
                Output.Mark($"{NetworkTexts.Short(o.Name, LongestName)} ({o.Origin[..8]})"), Figures.Count(o.Claimed), Figures.Count(o.Records), Figures.Count(o.Runs), Figures.Count(o.Drawn),
                Figures.Count(o.Produced), Figures.Count(o.Missing), Figures.Count(o.Wrong), Figures.Count(o.Nowhere));
        }

        output.Screen.Write(table);
    }

    private static void WriteSkipped(Output output, AuditReport report)
    {
        foreach (var skipped in report.Skipped)
        {
            output.Remark($"{NetworkTexts.Short(skipped.Name ?? skipped.Origin, LongestName)} does not count: {skipped.Reason}.");
        }
    }

    private static void WriteDoubts(Output output, AuditReport report)
    {
        if (!report.ListIsWhole)
        {
            output.Remark("Your list may lack origins: a limit ended the walk, or a server's list could not be read to its end.");
        }

        if (report.CutShort is { } reason)
        {
            output.Remark($"Cut short: {reason}");
        }

        if (report.Searchable?.NotAsked is { } refused)
        {
            output.Remark($"Its search was not asked to the end: {refused}");
        }

        if (report.Searchable?.Unclear is > 0 and var unclear)
        {
            output.Remark($"{Figures.Count(unclear, "record")} not found may have been deleted meanwhile, and count neither way.");
        }

        if (report.Origins.Sum(o => o.Nowhere) is > 0 and var nowhere)
        {
            output.Remark($"{Figures.Count(nowhere)} leaves are nowhere to be had, so perhaps never were, and count neither way.");
        }
    }

    private static string Sentence(AuditReport report) => report.Verdict switch
    {
        AuditVerdict.Supported => "What was measured supports the claim.",
        AuditVerdict.Below when report.Producible?.High < report.Claimed.Ratio => "It has less than it claims: the whole interval of what it can produce is below the claim.",
        AuditVerdict.Below => "It searches less than it claims: the whole interval of what its search finds is below the claim.",
        _ => "Too little could be measured to say. Try again tomorrow, when there are free leaves again, or from another address.",
    };

    private static string Measured(ShareEstimate? estimate, string one, string many, string verb) => estimate is null
        ? $"not measured: no {one} {verb}"
        : $"{Percent(estimate.Share)}, between {Percent(estimate.Low)} and {Percent(estimate.High)} (95 %): {estimate.Found} of {estimate.Sampled} {many}";

    private static string Contents(ContentResult contents) => contents.Delivered is not { } delivered
        ? "no content could be tried"
        : $"{Measured(delivered, "content", "contents", "")}, {Figures.Bytes(contents.Bytes)}; {contents.NoAddress} without an address, {contents.Wrong} with a holder that sent something else";

    private static string Percent(double share) => string.Create(CultureInfo.InvariantCulture, $"{Math.Floor(share * 1_000) / 10:0.#} %");
}
