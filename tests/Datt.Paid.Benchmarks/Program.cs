using System.Text.Json;
using Datt.Paid.Benchmarks;
using Datt.Paid.Benchmarks.Figures;
using Datt.Paid.Benchmarks.Peers;

if (args is ["peer", .. var rest])
    return PeerHost.Run(rest);

Options options;
try
{
    options = Options.Parse(args.AsSpan(Math.Min(1, args.Length)));
}
catch (Exception e) when (e is ArgumentException or FormatException)
{
    Console.Error.WriteLine($"{e.Message}\n{Options.Usage}");
    return 2;
}

switch (args.FirstOrDefault())
{
    case "figures":
        var results = await AllFigures.MeasureAsync(options);
        Console.WriteLine(options.Json ? Report.ToJson(options, results) : Report.ToMarkdown(options, results));
        return 0;
    case "peers":
        PeerRates.Measure(options);
        return 0;
    case "search-profile":
        await SearchProfile.RunAsync(options);
        return 0;
    case "records":
        using (var output = Console.OpenStandardOutput())
        {
            foreach (var record in new Datt.Paid.Benchmarks.Corpus.RecordGenerator(options.Seed).Range(0, options.Records))
            {
                using (var json = new Utf8JsonWriter(output))
                    record.WriteTo(json);
                output.WriteByte((byte)'\n');
            }
        }
        return 0;
    default:
        Console.Error.WriteLine(Options.Usage);
        return 2;
}
