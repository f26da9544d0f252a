using Datt.Paid.Catalog;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Protocol.Records;
using Microsoft.Extensions.Logging.Abstractions;

namespace Datt.Paid.Fuzz;

/// <summary>A catalog on disk that is closed, and room beside it for spoilt copies of its files.</summary>
internal sealed class StoredFiles : IDisposable
{
    private const int Contents = 30;

    private readonly string _root = Directory.CreateTempSubdirectory("datt-fuzz-").FullName;

    public StoredFiles()
    {
        using var key = ServerKey.Create();
        FillAsync(new CatalogSettings { Directory = Path.Combine(_root, "data") }, key).GetAwaiter().GetResult();
        Snapshot = File.ReadAllBytes(Path.Combine(_root, "data", "catalog", "table"));
    }

    public byte[] Snapshot { get; }

    /// <summary>Where the descriptions lie that the snapshot refers to.</summary>
    public string Descriptions => Path.Combine(_root, "data", "catalog", "descriptions");

    /// <summary>Writes a file of any bytes; its path.</summary>
    public string Put(string name, byte[] bytes)
    {
        var path = Path.Combine(_root, name);
        File.WriteAllBytes(path, bytes);
        return path;
    }

    public void Dispose() => Directory.Delete(_root, recursive: true);

    private static async Task FillAsync(CatalogSettings settings, ServerKey key)
    {
        await using var catalog = await ContentCatalog.OpenAsync(settings, key, TimeProvider.System, NullLogger<ContentCatalog>.Instance, CancellationToken.None);
        var batch = new List<Announcement>();
        for (var i = 0; i < Contents; i++)
        {
            var draft = new RecordDraft { ContentId = $"test:{i % 20}", Title = $"Title {i % 3}", Summary = $"Summary {i}" };
            Must.Hold(RecordVerifier.Announce($"node-{i % 4}", draft, Samples.Now, out var announcement, out _), "a sample is refused");
            batch.Add(announcement!);
        }
        Must.Hold(await catalog.AppendAsync(batch, CancellationToken.None) is AppendOutcome.Appended, "samples are not taken");
    }
}
