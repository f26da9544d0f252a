using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using Datt.Paid.Cli.Auditing;
using Datt.Paid.Cli.Commands;
using Datt.Paid.Cli.Demo;
using Datt.Paid.Cli.Feeds;
using Datt.Paid.Cli.Network;
using Datt.Paid.Cli.Sharing;
using Datt.Paid.Client;

namespace Datt.Paid.Cli.Terminal;

/// <summary>What commands print with <c>--json</c>: on one line, other alphabets as they are.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web)]
[JsonSerializable(typeof(FailureDocument))]
[JsonSerializable(typeof(CreatedAccount))]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(NoticeList))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(RevokedKey))]
[JsonSerializable(typeof(Invoice))]
[JsonSerializable(typeof(BoughtPass))]
[JsonSerializable(typeof(ShareEvent))]
[JsonSerializable(typeof(SearchPage))]
[JsonSerializable(typeof(SearchHit))]
[JsonSerializable(typeof(Fetched))]
[JsonSerializable(typeof(Suggested))]
[JsonSerializable(typeof(StatusReport))]
[JsonSerializable(typeof(DemoStep))]
[JsonSerializable(typeof(SeenNetwork))]
[JsonSerializable(typeof(ServerChoice))]
[JsonSerializable(typeof(Moved))]
[JsonSerializable(typeof(PolicyPage))]
[JsonSerializable(typeof(PolicyRule))]
[JsonSerializable(typeof(AuditReport))]
[JsonSerializable(typeof(FeedsShown))]
[JsonSerializable(typeof(FeedActionResult))]
[JsonSerializable(typeof(AcceptedServer))]
[JsonSerializable(typeof(PeerReport))]
[JsonSerializable(typeof(PeerPurchase))]
internal sealed partial class CliJson : JsonSerializerContext
{
    /// <summary>With the encoder that keeps letters letters; the output is no part of a web page.</summary>
    public static CliJson Shared { get; } = new(new JsonSerializerOptions(JsonSerializerDefaults.Web)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });
}
