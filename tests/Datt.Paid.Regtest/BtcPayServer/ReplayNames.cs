using System.Text.Json.Nodes;

namespace Datt.Paid.Regtest.BtcPayServer;

/// <summary>What was called one thing when it was recorded and is called another now: ids, keys, addresses, BOLT11s, payment hashes.</summary>
internal sealed class ReplayNames
{
    private static readonly HashSet<string> Named = ["id", "storeId", "apiKey", "destination", "paymentHash", "pullPaymentId", "BOLT11"];

    private readonly Dictionary<string, string> _now = [];

    public string? this[string recorded]
    {
        get => _now.GetValueOrDefault(recorded);
        set => _now[recorded] = value!;
    }

    public IReadOnlyCollection<string> Recorded => _now.Keys;

    /// <summary>Replaces every recorded name in a text.</summary>
    public string Translate(string text)
    {
        foreach (var (recorded, now) in _now)
            text = text.Replace(recorded, now, StringComparison.Ordinal);
        return text;
    }

    /// <summary>Takes names from two answers to the same question.</summary>
    public void Learn(JsonNode? recorded, JsonNode? now)
    {
        switch (recorded, now)
        {
            case (JsonObject then, JsonObject here):
                foreach (var (name, value) in then)
                {
                    if (here[name] is not { } other || value is null)
                        continue;
                    if (Named.Contains(name) && value is JsonValue && value.ToString().Length > 8)
                        _now.TryAdd(value.ToString(), other.ToString());
                    else
                        Learn(value, other);
                }
                break;
            case (JsonArray then, JsonArray here) when then.Count == here.Count:
                foreach (var (one, other) in then.Zip(here))
                    Learn(one, other);
                break;
        }
    }
}
