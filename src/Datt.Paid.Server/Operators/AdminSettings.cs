namespace Datt.Paid.Server.Operators;

/// <summary><c>Datt:Admin</c>: creates the first operator; without it a one-time setup link is printed.</summary>
public sealed class AdminSettings
{
    /// <summary>Section of the configuration.</summary>
    public const string Section = "Datt:Admin";

    public string Email { get; set; } = "";

    public string Password { get; set; } = "";

    /// <summary>Whether the configuration names the first operator.</summary>
    public bool IsSet => Email.Length > 0;

    public IEnumerable<string> Errors()
    {
        if (Email.Length > 0 && !Email.Contains('@', StringComparison.Ordinal))
            yield return $"{Section}:Email is '{Email}', which is no e-mail address.";
        if (Email.Length > 0 && Password.Length < 10)
            yield return $"{Section}:Password must have at least 10 characters when {Section}:Email is set.";
        if (Email.Length == 0 && Password.Length > 0)
            yield return $"{Section}:Password is set without {Section}:Email.";
    }
}
