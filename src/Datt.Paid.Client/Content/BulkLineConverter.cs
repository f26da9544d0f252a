using System.Text.Json;
using System.Text.Json.Serialization;

namespace Datt.Paid.Client;

/// <summary>A record as it is; a withdrawal as <c>{"op":"delete","contentId":…}</c>.</summary>
internal sealed class BulkLineConverter : JsonConverter<BulkLine>
{
    public override BulkLine Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        throw new NotSupportedException("Bulk lines are only sent.");

    public override void Write(Utf8JsonWriter writer, BulkLine value, JsonSerializerOptions options)
    {
        if (value.Record is { } record)
        {
            JsonSerializer.Serialize(writer, record, ClientJson.Default.ContentRecord);
            return;
        }

        writer.WriteStartObject();
        writer.WriteString("op"u8, "delete"u8);
        writer.WriteString("contentId"u8, value.ContentId);
        writer.WriteEndObject();
    }
}
