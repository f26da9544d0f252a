using System.Net;
using System.Text.RegularExpressions;

namespace Datt.Paid.Server.Tests.Running;

/// <summary>Becomes the operator as a person does: by the link that the first start prints.</summary>
public static partial class OperatorOf
{
    public static Task<string> KeyAsync(ServerOnDisk server) => KeyAsync(server.Output.ToString(), server.Anyone);

    /// <param name="output">What the server printed when it started.</param>
    /// <param name="server">A client without a key.</param>
    public static async Task<string> KeyAsync(string output, HttpClient server)
    {
        var token = Token().Match(output).Groups[1].Value;
        var page = await server.PostAsync("/setup", new FormUrlEncodedContent(new Dictionary<string, string>
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
