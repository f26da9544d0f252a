using Microsoft.Extensions.Options;
using MimeKit;

namespace Datt.Paid.Notices;

/// <summary>How a connection to the mail server is made secure.</summary>
public enum SmtpTls
{
    /// <summary>The plain connection is upgraded at once; refused where the server cannot (usual on port 587).</summary>
    StartTls,

    /// <summary>TLS from the first byte (usual on port 465).</summary>
    Implicit,

    /// <summary>Not at all; for a mail server on the same machine.</summary>
    None,
}

/// <summary>The mail server that takes notices, section <c>Datt:Smtp</c>. Without a host none go by e-mail.</summary>
public sealed class SmtpOptions
{
    public const string Section = "Datt:Smtp";

    public string Host { get; set; } = "";

    public int Port { get; set; } = 587;

    /// <summary>Empty where the server asks for no name.</summary>
    public string User { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>The sender: <c>notices@example.org</c> or <c>Example &lt;notices@example.org&gt;</c>.</summary>
    public string From { get; set; } = "";

    public SmtpTls Tls { get; set; } = SmtpTls.StartTls;

    /// <summary>Whether notices go by e-mail.</summary>
    internal bool IsSet => Host.Length > 0;
}

/// <summary>Says everything that is wrong with <see cref="SmtpOptions"/> at once.</summary>
public sealed class SmtpOptionsValidator : IValidateOptions<SmtpOptions>
{
    public ValidateOptionsResult Validate(string? name, SmtpOptions options)
    {
        var errors = Problems(options).ToList();
        return errors.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(errors);
    }

    private static IEnumerable<string> Problems(SmtpOptions options)
    {
        if (options.Port is < 1 or > 65_535)
            yield return $"Datt:Smtp:Port is {options.Port}; it must be from 1 to 65535.";
        if (!Enum.IsDefined(options.Tls))
            yield return "Datt:Smtp:Tls must be StartTls, Implicit or None.";
        if (options.From.Length > 0 && !(MailboxAddress.TryParse(options.From, out var from) && from.Domain.Length > 0))
            yield return $"Datt:Smtp:From is '{options.From}'; it must be an e-mail address.";
        if (!options.IsSet)
            yield break;
        if (Uri.CheckHostName(options.Host) == UriHostNameType.Unknown)
            yield return $"Datt:Smtp:Host is '{options.Host}'; it must be a host name or an address, without scheme and port.";
        if (options.From.Length == 0)
            yield return "Datt:Smtp:From is missing; it must be the e-mail address that notices come from.";
        if (options.User.Length == 0 && options.Password.Length > 0)
            yield return "Datt:Smtp:Password is set without Datt:Smtp:User.";
        if (options is { Tls: SmtpTls.None, Password.Length: > 0 } && options.Host is not ("localhost" or "127.0.0.1" or "::1"))
            yield return "Datt:Smtp:Tls is None, which would send Datt:Smtp:Password in clear; set it to StartTls or Implicit.";
    }
}
