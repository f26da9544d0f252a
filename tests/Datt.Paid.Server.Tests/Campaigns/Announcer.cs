using System.Globalization;
using System.Net;

namespace Datt.Paid.Server.Tests.Campaigns;

/// <summary>
/// One node that announces and deletes without a pause, singly and in bulk, and keeps book of what was acknowledged. Its first contents
/// are its own and change from version to version; the shared ones are announced alike by all nodes.
/// </summary>
internal sealed class Announcer(ExpectedContent expected, string node, int number, Random random)
{
    private const int OwnContents = 300;
    private const int SharedContents = 60;
    private const int FirstOwn = 1000;

    private int _version;

    public string Node => node;

    /// <summary>Changes, or batches of them, that were refused because the server could not write.</summary>
    public int Refused { get; private set; }

    /// <summary>Announces one content, so that the node has an owner.</summary>
    public async Task BeginAsync(Caller caller) => Assert.True(await PutAsync(caller, FirstOwn * (number + 1)));

    /// <summary>Runs until the server is gone or the token asks for the end.</summary>
    public async Task RunAsync(Caller caller, CancellationToken ct)
    {
        while (!ct.IsCancellationRequested && await StepAsync(caller))
        {
        }
    }

    /// <summary>One change or one batch; false when the server is gone.</summary>
    public Task<bool> StepAsync(Caller caller) => random.Next(10) switch
    {
        < 5 => BulkAsync(caller, random.Next(1, 250)),
        < 9 => PutAsync(caller, AnyContent()),
        _ => DeleteAsync(caller, AnyContent()),
    };

    private int AnyContent() => random.Next(4) == 0 ? random.Next(SharedContents) : (FirstOwn * (number + 1)) + random.Next(OwnContents);

    private int VersionFor(int content) => content < SharedContents ? 1 : ++_version;

    private async Task<bool> PutAsync(Caller caller, int content)
    {
        var sent = VersionFor(content);
        expected.Sending(node, content, sent);
        var path = $"/api/v1/content/{Uri.EscapeDataString(SentRecord.ContentId(content))}?node={node}";
        var answer = await caller.PutAsync(path, SentRecord.Body(content, sent), CancellationToken.None);
        return Noted(answer, content, sent);
    }

    private async Task<bool> DeleteAsync(Caller caller, int content)
    {
        expected.Sending(node, content, null);
        var path = $"/api/v1/content/{Uri.EscapeDataString(SentRecord.ContentId(content))}?node={node}";
        return Noted(await caller.DeleteAsync(path, CancellationToken.None), content, null);
    }

    private bool Noted(Answer? answer, int content, int? sent)
    {
        if (answer is null)
            return false;
        if (IsRefused(answer))
            return true;
        answer.Expect(HttpStatusCode.NoContent);
        expected.Acknowledge(node, content, sent);
        return true;
    }

    /// <summary>Whether it said that it cannot take the change now: with the code for that, and when to come again.</summary>
    private bool IsRefused(Answer answer)
    {
        if (answer.Status != HttpStatusCode.ServiceUnavailable)
            return false;
        Assert.True(answer.Code == "unavailable", $"a 503 has the code unavailable: {answer.Body}");
        Assert.True(answer.RetryAfter is not null, "a 503 has a Retry-After");
        Refused++;
        return true;
    }

    private async Task<bool> BulkAsync(Caller caller, int lines)
    {
        // Of a content twice in one batch the later line wins; until that is acknowledged the earlier one may be seen.
        var changes = new List<(int Content, int? Version)>();
        var last = new Dictionary<int, int?>();
        for (var i = 0; i < lines; i++)
        {
            var content = AnyContent();
            int? sent = random.Next(8) == 0 ? null : VersionFor(content);
            changes.Add((content, sent));
            last[content] = sent;
            expected.Sending(node, content, sent);
        }
        var answer = await caller.PostLinesAsync(
            $"/api/v1/content/bulk?node={node}",
            changes.Select(c => c.Version is { } v ? SentRecord.Body(c.Content, v) : SentRecord.Delete(c.Content)),
            CancellationToken.None);
        if (answer is null)
            return false;
        if (IsRefused(answer))
            return true;
        var result = answer.Expect(HttpStatusCode.OK).Json;
        Assert.True(result["accepted"]!.GetValue<int>() == lines, string.Create(CultureInfo.InvariantCulture, $"{lines} good lines: {answer.Body}"));
        foreach (var (content, sent) in last)
            expected.Acknowledge(node, content, sent);
        return true;
    }
}
