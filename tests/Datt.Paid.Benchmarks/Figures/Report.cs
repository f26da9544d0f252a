using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace Datt.Paid.Benchmarks.Figures;

/// <summary>All lines of a run, as one Markdown table or as JSON, with the machine they were measured on.</summary>
internal static class Report
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    public static string ToJson(Options options, IReadOnlyList<FigureResult> results) => JsonSerializer.Serialize(
        new { machine = Machine(), cores = Environment.ProcessorCount, options.Records, options.Rounds, options.Seconds, options.Seed, figures = results }, Json);

    public static string ToMarkdown(Options options, IReadOnlyList<FigureResult> results)
    {
        var text = new StringBuilder();
        text.AppendLine(CultureInfo.InvariantCulture, $"{Machine()}.");
        text.AppendLine(CultureInfo.InvariantCulture,
            $"{options.Records:N0} generated records of about 300 bytes (seed {options.Seed}), {options.Rounds} interleaved rounds, median (least to most).");
        text.AppendLine("Cache off, queries distinct; load generator, server and peers share the cores. µs: processor time, for ours of server and client together.");
        text.AppendLine();
        text.AppendLine("| figure | goal | measured | ours | beside | reached |");
        text.AppendLine("|---|---|---|---|---|---|");
        foreach (var r in results)
        {
            var goal = r.Goal is { } g ? $"{(r.AtMost ? "at most" : "at least")} {g.ToString("#,0.###", CultureInfo.InvariantCulture)} {r.Unit}" : "";
            text.AppendLine(CultureInfo.InvariantCulture,
                $"| {r.Figure} | {goal} | {r.Value.Show(Format(r.Value.Median))} {r.Unit} | {r.Ours} | {r.Beside} | {(r.Reached is { } reached ? reached ? "yes" : "**no**" : "")} |");
        }
        return text.ToString();
    }

    private static string Format(double value) => value >= 100 ? "#,0" : value >= 10 ? "0.0" : "0.000";

    private static string Machine()
    {
        var model = File.Exists("/proc/cpuinfo")
            ? File.ReadLines("/proc/cpuinfo").FirstOrDefault(l => l.StartsWith("model name", StringComparison.Ordinal))?.Split(':')[1].Trim()
            : null;
        var gigabytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes / (1 << 30);
        return $"{model ?? RuntimeInformation.ProcessArchitecture.ToString()}, {Environment.ProcessorCount} cores, {gigabytes} GB, " +
            $"{RuntimeInformation.OSDescription}, {RuntimeInformation.FrameworkDescription}";
    }
}
