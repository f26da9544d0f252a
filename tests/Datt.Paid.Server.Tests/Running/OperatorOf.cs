using System.Net;
using System.Text.RegularExpressions;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>Becomes the operator as a person does: by the link that the first start prints.</summary>
public static partial class OperatorOf
{
    public static async Task<string> KeyAsync(ServerOnDisk server)
    {
        var token = Token().Match(server.Output.ToString()).Groups[1].Value;
        var page = await server.Anyone.PostAsync("/setup", new FormUrlEncodedContent(new Dictionary<string, string>
        {
            ["token"] = token,
            ["email"] = "operator@example.org",
            ["password"] = "long enough a password 1",
        }));
        return WebUtility.HtmlDecode(Key().Match(await page.Content.ReadAsStringAsync()).Groups[1].Value);
    }

    [GeneratedRegex(@"setup\?token=(\S+)")]
    private static partial Regex Token();

    [GeneratedRegex("<pre>(.+?)</pre>")]
    private static partial Regex Key();
}
