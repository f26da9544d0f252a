using Datt.Paid.Catalog;
using Datt.Paid.Federation;
using Datt.Paid.Protocol.Identity;
using Datt.Paid.Tests.Catalog;
using Datt.Paid.Tests.Protocol;

namespace Datt.Paid.Tests.Sync.Model;

/// <summary>What of a server outlives a restart: its key, its disk, and the others that it knows.</summary>
internal sealed class ModelSite : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("datt-swarm-").FullName;

    public ServerKey Key { get; } = ServerKey.Create();

    public string Id => Key.Id;

    public CatalogSettings Catalog => new() { Directory = Path.Combine(_directory, "own") };

    /// <summary>Where the followed feeds lie.</summary>
    public string Feeds => Path.Combine(_directory, "feeds");

    public ServerDirectory Servers { get; } = new();

    /// <summary>The disk under the own feed.</summary>
    public FragileFiles Files { get; private set; } = new();

    public void Meets(ModelSite other, DateTimeOffset now) => Servers.Put(new KnownServer(
        other.Id, new Uri("https://server.example"), Datt.Paid.Protocol.Identity.SignedCard.Sign(SignedCardTests.Card(other.Key) with { Time = now }, other.Key),
        ServerState.Alive, now, now, null, null));

    /// <summary>The disk as it is after the power came back: of the own feed what was synced, of followed ones whatever.</summary>
    public void Restore(Random random)
    {
        Files.Restore(Catalog.Directory, random);
        Files = new FragileFiles();
        foreach (var path in Directory.Exists(Feeds) ? Directory.GetFiles(Feeds, "*", SearchOption.AllDirectories) : [])
        {
            var bytes = File.ReadAllBytes(path);
            switch (random.Next(8))
            {
                case 0:
                    File.Delete(path);
                    break;
                case 1:
                    File.WriteAllBytes(path, bytes[..random.Next(bytes.Length + 1)]);
                    break;
                case 2 when bytes.Length > 0:
                    bytes[random.Next(bytes.Length)] ^= 1;
                    File.WriteAllBytes(path, bytes);
                    break;
                case 3:
                    Array.Clear(bytes);
                    File.WriteAllBytes(path, bytes);
                    break;
            }
        }
    }

    /// <summary>The disk with the followed feeds is gone.</summary>
    public void LoseFeeds()
    {
        if (Directory.Exists(Feeds))
            Directory.Delete(Feeds, recursive: true);
    }

    public void Dispose()
    {
        Key.Dispose();
        Directory.Delete(_directory, recursive: true);
    }
}
