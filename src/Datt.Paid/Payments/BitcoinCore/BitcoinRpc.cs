using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Microsoft.Extensions.Options;
using Polly;

namespace Datt.Paid.Payments.BitcoinCore;

/// <summary>Where a call goes: to the node, or to the wallet.</summary>
internal enum RpcTarget
{
    Node,
    Wallet,
}

/// <summary>
/// Sends one JSON-RPC call and turns whatever comes back into an answer. User and password go into the header and nowhere else: neither into
/// logs nor into messages.
/// </summary>
public sealed class BitcoinRpc(IHttpClientFactory clients, IOptions<BitcoinCoreOptions> options)
{
    /// <summary>Name of the client at the factory.</summary>
    public const string ClientName = "bitcoin-node";

    /// <summary>Largest answer that is read, in bytes: some 30,000 outputs, all within the blocks that are still watched.</summary>
    public const int MaximumAnswer = 16 * 1024 * 1024;

    /// <summary>Set on requests that may be sent again.</summary>
    internal static readonly HttpRequestOptionsKey<bool> MayRepeat = new("datt-may-repeat");

    private const int MaximumMessage = 500;
    private const int MaximumCookie = 1024;

    private long _calls;

    /// <param name="mayRepeat">The call changes nothing at the node, so it is sent again when no answer came.</param>
    internal async Task<RpcAnswer<T>> CallAsync<T>(
        RpcTarget target, string method, object?[] arguments, JsonTypeInfo<T> answer, bool mayRepeat, CancellationToken ct) where T : class
    {
        try
        {
            var settings = options.Value;
            var id = Interlocked.Increment(ref _calls);
            using var request = new HttpRequestMessage(HttpMethod.Post, Address(settings, target)) { Content = Body(id, method, arguments) };
            request.Options.Set(MayRepeat, mayRepeat);
            request.Headers.Authorization = new AuthenticationHeaderValue(
                "Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(await SecretAsync(settings, ct))));
            using var client = clients.CreateClient(ClientName);
            using var response = await client.SendAsync(request, ct);
            return Read(response, await response.Content.ReadAsByteArrayAsync(ct), id, answer) with { Date = response.Headers.Date };
        }
        catch (OperationCanceledException) when (ct.IsCancellationRequested)
        {
            throw;
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException or ExecutionRejectedException or IOException or UnauthorizedAccessException)
        {
            return new(null, new RpcFailure(
                RpcFailureKind.Unreachable, $"no answer from {options.Value.RpcUrl} ({BitcoinCoreOptions.Section}:RpcUrl): {e.Message}", Cause: e));
        }
    }

    private static Uri Address(BitcoinCoreOptions settings, RpcTarget target)
    {
        var root = new Uri(settings.RpcUrl.TrimEnd('/') + "/");
        return target == RpcTarget.Wallet && settings.Wallet.Length > 0 ? new Uri(root, "wallet/" + Uri.EscapeDataString(settings.Wallet)) : root;
    }

    private static async Task<string> SecretAsync(BitcoinCoreOptions settings, CancellationToken ct)
    {
        if (settings.CookieFile.Length == 0)
            return $"{settings.User}:{settings.Password}";
        var cookie = new FileInfo(settings.CookieFile);
        if (!cookie.Exists || cookie.Length is 0 or > MaximumCookie)
            throw new IOException($"{BitcoinCoreOptions.Section}:CookieFile {settings.CookieFile} does not hold a cookie; the node writes it at its start");
        return (await File.ReadAllTextAsync(cookie.FullName, ct)).Trim();
    }

    private static ByteArrayContent Body(long id, string method, object?[] arguments)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("jsonrpc", "1.0");
            json.WriteNumber("id", id);
            json.WriteString("method", method);
            json.WriteStartArray("params");
            foreach (var argument in arguments)
            {
                switch (argument)
                {
                    case string text: json.WriteStringValue(text); break;
                    case int number: json.WriteNumberValue(number); break;
                    case bool flag: json.WriteBooleanValue(flag); break;
                    default: throw new ArgumentException($"{method} was given an argument that is neither text, number nor flag.", nameof(arguments));
                }
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        var content = new ByteArrayContent(buffer.ToArray());
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        return content;
    }

    /// <summary>Errors of a call come with 404 or 500 and a JSON body (200 from newer nodes), those of the way there with a status alone.</summary>
    private static RpcAnswer<T> Read<T>(HttpResponseMessage response, byte[] bytes, long id, JsonTypeInfo<T> type) where T : class
    {
        try
        {
            using var document = JsonDocument.Parse(bytes, new JsonDocumentOptions { MaxDepth = 32 });
            var reply = document.RootElement;
            if (reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("error", out var error) && error.ValueKind == JsonValueKind.Object)
            {
                var read = error.Deserialize(RpcJson.Default.RpcError)!;
                return new(null, new RpcFailure(RpcFailure.KindOf(read.Code), Clip($"{read.Message} (error {read.Code})"), read.Code));
            }
            if (response.StatusCode == HttpStatusCode.OK && reply.ValueKind == JsonValueKind.Object && reply.TryGetProperty("result", out var result)
                && IsAnswerTo(reply, id) && result.Deserialize(type) is { } value)
            {
                return new(value, null);
            }
        }
        catch (JsonException e) when (response.StatusCode == HttpStatusCode.OK)
        {
            return new(null, new RpcFailure(RpcFailureKind.Unreachable, $"the answer is not what a bitcoin node sends: {Clip(e.Message)}", Cause: e));
        }
        catch (JsonException)
        {
            // the status says it all
        }
        return new(null, OfStatus(response.StatusCode));
    }

    private static bool IsAnswerTo(JsonElement reply, long id) =>
        reply.TryGetProperty("id", out var given) && given.ValueKind == JsonValueKind.Number && given.TryGetInt64(out var number) && number == id;

    private static RpcFailure OfStatus(HttpStatusCode status) => (int)status switch
    {
        401 => new RpcFailure(
            RpcFailureKind.Unauthenticated,
            $"the node refuses {BitcoinCoreOptions.Section}:User and :Password (or :CookieFile); compare them with rpcauth in bitcoin.conf"),
        403 => new RpcFailure(RpcFailureKind.Forbidden, "the node forbids the call: see rpcallowip and rpcwhitelist in bitcoin.conf"),
        var other => new RpcFailure(
            RpcFailureKind.Unreachable, string.Create(CultureInfo.InvariantCulture, $"status {other}, which is no answer of a bitcoin node to a call")),
    };

    private static string Clip(string text) => text.Length <= MaximumMessage ? text : text[..MaximumMessage] + "…";
}
