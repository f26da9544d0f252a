namespace Datt.Paid.Payments.L402;

/// <summary>
/// Splits what follows the scheme in <c>Authorization: L402 …</c>: <c>token:preimage</c>, or the two as parameters <c>token="…",
/// preimage="…"</c>, where <c>macaroon</c> is an old name for <c>token</c>.
/// </summary>
public static class PassCredentials
{
    /// <summary>Both names of the scheme: <c>L402</c>, and <c>LSAT</c> from before.</summary>
    public static bool IsScheme(ReadOnlySpan<char> scheme) =>
        scheme.Equals("L402", StringComparison.OrdinalIgnoreCase) || scheme.Equals("LSAT", StringComparison.OrdinalIgnoreCase);

    public static bool TryRead(ReadOnlySpan<char> text, out ReadOnlySpan<char> token, out ReadOnlySpan<char> preimage)
    {
        text = text.Trim();
        var colon = text.LastIndexOf(':');
        if (colon >= 0)
        {
            token = text[..colon];
            preimage = text[(colon + 1)..];
            return !token.IsEmpty && !preimage.IsEmpty;
        }
        token = preimage = default;
        foreach (var part in text.Split(','))
        {
            var pair = text[part].Trim();
            var equals = pair.IndexOf('=');
            if (equals <= 0)
                return false;
            var name = pair[..equals];
            var value = pair[(equals + 1)..].Trim('"');
            if (name.Equals("token", StringComparison.OrdinalIgnoreCase) || name.Equals("macaroon", StringComparison.OrdinalIgnoreCase))
                token = value;
            else if (name.Equals("preimage", StringComparison.OrdinalIgnoreCase))
                preimage = value;
        }
        return !token.IsEmpty && !preimage.IsEmpty;
    }
}
