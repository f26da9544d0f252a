using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Datt.Paid.Server.Problems;
using Microsoft.AspNetCore.WebUtilities;

namespace Datt.Paid.Server.Hosting;

/// <summary>The parameters <c>cursor</c> and <c>limit</c> of lists. A cursor is the last name shown, in base64url.</summary>
public static class Paging
{
    private const int MaxCursor = 400;

    public static bool TryReadLimit(string? text, int standard, int max, out int limit, [NotNullWhen(false)] out Problem? problem)
    {
        problem = null;
        limit = standard;
        if (string.IsNullOrEmpty(text))
            return true;
        if (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit) && limit >= 1 && limit <= max)
            return true;
        problem = Problem.Invalid("limit", $"limit must be from 1 to {max}.");
        return false;
    }

    public static bool TryReadCursor(string? text, out string? after, [NotNullWhen(false)] out Problem? problem)
    {
        problem = null;
        after = null;
        if (string.IsNullOrEmpty(text))
            return true;
        try
        {
            if (text.Length <= MaxCursor)
            {
                after = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(WebEncoders.Base64UrlDecode(text));
                return true;
            }
        }
        catch (Exception fault) when (fault is FormatException or DecoderFallbackException)
        {
        }
        problem = Problem.Invalid("cursor", "This cursor is not one that this list gave. Start without a cursor.");
        return false;
    }

    /// <summary>The cursor that continues after a name; null at the end.</summary>
    public static string? Cursor(string? after) => after is null ? null : WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(after));
}
