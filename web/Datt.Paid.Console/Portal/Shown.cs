namespace Datt.Paid.Pages.Portal;

/// <summary>Texts of strangers as pages show them.</summary>
internal static class Shown
{
    /// <summary>
    /// Without the characters that turn the direction of what follows (Unicode's explicit formatting characters, UAX #9): with them <c>gpj.exe</c> reads <c>exe.jpg</c>. Text in
    /// scripts that run from right to left needs none of them.
    /// </summary>
    public static string Text(string text) => text.AsSpan().IndexOfAnyInRange('\u202A', '\u202E') < 0 && text.AsSpan().IndexOfAnyInRange('\u2066', '\u2069') < 0
        ? text
        : string.Concat(text.Where(c => c is not ((>= '\u202A' and <= '\u202E') or (>= '\u2066' and <= '\u2069'))));
}
