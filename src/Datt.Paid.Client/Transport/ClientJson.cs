using System.Net.Http.Headers;
using System.Text.Json;
using System.Text.Json.Serialization;
using System.Text.Json.Serialization.Metadata;

namespace Datt.Paid.Client;

/// <summary>The wire form of everything in the contract, generated at build time.</summary>
[JsonSourceGenerationOptions(JsonSerializerDefaults.Web, DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ServerCard))]
[JsonSerializable(typeof(PricingTable))]
[JsonSerializable(typeof(KnownServers))]
[JsonSerializable(typeof(NewAccount))]
[JsonSerializable(typeof(CreatedAccount))]
[JsonSerializable(typeof(Account))]
[JsonSerializable(typeof(AccountChange))]
[JsonSerializable(typeof(NewKey))]
[JsonSerializable(typeof(CreatedKey))]
[JsonSerializable(typeof(KeyList))]
[JsonSerializable(typeof(NoticeList))]
[JsonSerializable(typeof(Quote))]
[JsonSerializable(typeof(NewInvoice))]
[JsonSerializable(typeof(Invoice))]
[JsonSerializable(typeof(InvoiceList))]
[JsonSerializable(typeof(RenewalChange))]
[JsonSerializable(typeof(SandboxPayment))]
[JsonSerializable(typeof(ContentRecord))]
[JsonSerializable(typeof(BulkLine))]
[JsonSerializable(typeof(BulkAnswer))]
[JsonSerializable(typeof(Presence))]
[JsonSerializable(typeof(NodeList))]
[JsonSerializable(typeof(SearchPage))]
[JsonSerializable(typeof(SearchHit))]
[JsonSerializable(typeof(ContentEntry))]
[JsonSerializable(typeof(SuggestionList))]
[JsonSerializable(typeof(Report))]
[JsonSerializable(typeof(PaidPass))]
[JsonSerializable(typeof(PolicyPage))]
[JsonSerializable(typeof(NewPolicyRule))]
[JsonSerializable(typeof(PolicyRule))]
[JsonSerializable(typeof(SignedServers))]
[JsonSerializable(typeof(AcceptedServer))]
[JsonSerializable(typeof(FeedPage))]
[JsonSerializable(typeof(LeafProof))]
[JsonSerializable(typeof(FeedReport))]
[JsonSerializable(typeof(FeedActionResult))]
[JsonSerializable(typeof(PeerReport))]
[JsonSerializable(typeof(PeerPurchase))]
[JsonSerializable(typeof(PeerPurchaseDecision))]
internal sealed partial class ClientJson : JsonSerializerContext;

internal static class JsonBody
{
    public static Func<HttpContent> Of<T>(T value, JsonTypeInfo<T> type)
    {
        var bytes = JsonSerializer.SerializeToUtf8Bytes(value, type);
        return () => Typed(new ByteArrayContent(bytes), "application/json");
    }

    public static Func<HttpContent> Ndjson(ReadOnlyMemory<byte> lines) => () => Typed(new ReadOnlyMemoryContent(lines), "application/x-ndjson");

    private static HttpContent Typed(HttpContent content, string mediaType)
    {
        content.Headers.ContentType = new MediaTypeHeaderValue(mediaType);
        return content;
    }
}
