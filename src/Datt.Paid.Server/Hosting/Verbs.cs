using Datt.Paid.Catalog;
using Datt.Paid.Search;
using Microsoft.Extensions.Options;

namespace Datt.Paid.Server.Hosting;

/// <summary>What an operator does with the data of a stopped server.</summary>
public static class Verbs
{
    public static readonly IReadOnlyList<string> Names = ["serve", "reindex", "verify"];

    /// <summary>Builds the full-text index anew from the feed.</summary>
    public static async Task<int> ReindexAsync(string[] args, TextWriter output)
    {
        await using var server = DattServer.Build(args);
        var index = server.Services.GetRequiredService<IOptions<SearchSettings>>().Value.Directory;
        if (Directory.Exists(index))
            Directory.Delete(index, recursive: true);
        var parts = server.Services.GetRequiredService<Parts>();
        await parts.OpenIndexAsync(CancellationToken.None);
        var figures = parts.Catalog.Figures;
        output.WriteLine($"Indexing {figures.Contents} contents ({figures.Records} records) …");
        var clock = System.Diagnostics.Stopwatch.StartNew();
        await server.Services.GetRequiredService<SearchEngine>().WaitUntilSearchableAsync(parts.PositionAtStart, CancellationToken.None);
        output.WriteLine($"Done in {clock.Elapsed.TotalSeconds:0.0} s.");
        return 0;
    }

    /// <summary>Reads the feed as a start does, looks every content up, and says what is there. Not 0 when something is damaged.</summary>
    public static async Task<int> VerifyAsync(string[] args, TextWriter output)
    {
        await using var server = DattServer.Build(args);
        try
        {
            var parts = server.Services.GetRequiredService<Parts>();
            await parts.OpenIndexAsync(CancellationToken.None);
            var figures = parts.Catalog.Figures;
            long contents = 0;
            long missing = 0;
            foreach (var key in parts.Catalog.Keys())
            {
                contents++;
                if (!parts.Catalog.TryGet(key, out _))
                    missing++;
            }
            output.WriteLine($"Feed {figures.Head?.Epoch ?? 0}.{figures.Head?.Version ?? 0}: {figures.Records} records of {contents} contents, {figures.LastSeq} statements.");
            if (missing == 0)
                return 0;
            output.WriteLine($"{missing} contents cannot be read back.");
            return 1;
        }
        catch (CatalogDamagedException damaged)
        {
            output.WriteLine(damaged.Message);
            return 1;
        }
    }
}
