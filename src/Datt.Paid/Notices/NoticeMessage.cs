using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Datt.Paid.Storage;

namespace Datt.Paid.Notices;

/// <summary>From whom notices come.</summary>
/// <param name="Url">Under which URL others reach this server, as of now.</param>
public sealed record NoticeOrigin(Func<string> Url);

/// <summary>A notice as its receiver gets it.</summary>
/// <param name="Id">The same however often it arrives, also after the database was restored: receivers drop what they have had by it.</param>
/// <param name="EndsAt">The end of access that it speaks of; null where it is about something else.</param>
/// <param name="Title">One line for people.</param>
/// <param name="Text">A paragraph for people.</param>
public sealed record NoticeMessage(
    string Id, NoticeKind Kind, string AccountId, string? InvoiceId, string Subject, DateTimeOffset? EndsAt, DateTimeOffset At, string Title, string Text)
{
    public static NoticeMessage Of(Notice notice, string serverId, string url)
    {
        var endsAt = EndOf(notice);
        var (title, text) = NoticeText.Of(notice.Kind, endsAt, notice.InvoiceId, url);
        return new NoticeMessage(
            IdOf(notice, serverId), notice.Kind, notice.AccountId, notice.InvoiceId, notice.Subject, endsAt, notice.At, title, text);
    }

    /// <summary>Name of a kind in JSON.</summary>
    public static string NameOf(NoticeKind kind) => JsonNamingPolicy.CamelCase.ConvertName(kind.ToString());

    /// <summary>What is posted: a JSON object in UTF-8.</summary>
    public byte[] ToJson(string serverId, string url)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteString("id", Id);
            json.WriteString("kind", NameOf(Kind));
            json.WriteString("accountId", AccountId);
            json.WriteString("invoiceId", InvoiceId);
            json.WriteString("subject", Subject);
            json.WriteString("endsAt", EndsAt is { } end ? Rfc3339(end) : null);
            json.WriteString("time", Rfc3339(At));
            json.WriteString("title", Title);
            json.WriteString("text", Text);
            json.WriteStartObject("server");
            json.WriteString("id", serverId);
            json.WriteString("url", url);
            json.WriteEndObject();
            json.WriteEndObject();
        }
        return bytes.ToArray();
    }

    private static string Rfc3339(DateTimeOffset time) => time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture);

    private static DateTimeOffset? EndOf(Notice notice) => notice.Kind switch
    {
        NoticeKind.RenewalDue or NoticeKind.EndsSoon or NoticeKind.Grace or NoticeKind.Expired or NoticeKind.Renewed
            when long.TryParse(notice.Subject, NumberStyles.None, CultureInfo.InvariantCulture, out var milliseconds)
                && milliseconds <= DateTimeOffset.MaxValue.ToUnixTimeMilliseconds() => DateTimeOffset.FromUnixTimeMilliseconds(milliseconds),
        _ => null,
    };

    // Made of what is unique about a notice: a row's number would come again after a restore.
    private static string IdOf(Notice notice, string serverId)
    {
        var hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{serverId}\n{notice.AccountId}\n{NameOf(notice.Kind)}\n{notice.Subject}"));
        return "ntc_" + Convert.ToHexStringLower(hash.AsSpan(0, 16));
    }
}
